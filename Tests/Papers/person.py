"""A person at a browser without script: looks at pages, fills forms in, presses buttons, goes where they lead."""

import http.cookies
import re
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Lost(Exception):
    """The page is not what a paper says."""


class Forms(HTMLParser):
    """The forms of a page: their fields as they are sent unchanged, and their buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.button = [], None
        self.feed(page)

    def handle_starttag(self, tag, given):
        given = dict(given)
        if tag == "form":
            self.forms.append({"action": given.get("action", ""), "method": given.get("method", "get").lower(),
                               "fields": {}, "buttons": [], "names": set()})
        elif tag in ("input", "textarea", "select", "button") and self.forms:
            form, name, kind = self.forms[-1], given.get("name"), given.get("type", "text")
            if tag == "button":
                self.button = {"text": "", "name": name, "value": given.get("value", "")}
                form["buttons"].append(self.button)
            elif name:
                form["names"].add(name)
                if tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
                    form["fields"][name] = given.get("value") or ""

    def handle_data(self, data):
        if self.button is not None:
            self.button["text"] += data

    def handle_endtag(self, tag):
        if tag == "button":
            self.button = None


class Person:
    """One browser. It keeps cookies by host and follows what it is answered."""

    def __init__(self):
        self.cookies, self.address, self.page = {}, "", ""
        handler = type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None})
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)

    def open(self, address, form=None):
        for _ in range(10):
            address = urllib.parse.urljoin(self.address, address)
            host = urllib.parse.urlsplit(address).netloc
            cookies = self.cookies.setdefault(host, {})
            headers = {"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
            if cookies:
                headers["Cookie"] = "; ".join("%s=%s" % one for one in cookies.items())
            data = None if form is None else urllib.parse.urlencode(form).encode()
            try:
                answer = self.opener.open(urllib.request.Request(address, data, headers), timeout=20)
            except urllib.error.HTTPError as refused:
                answer = refused
            for line in answer.headers.get_all("Set-Cookie") or []:
                for name, morsel in http.cookies.SimpleCookie(line).items():
                    cookies[name] = morsel.value
            self.address, self.page = address, answer.read().decode("utf-8", "replace")
            if answer.status not in (302, 303):
                if answer.status != 200:
                    raise Lost("%s answers %d: %s" % (address, answer.status, self.text[:600]))
                return
            address, form = answer.headers["Location"], None
        raise Lost("%s leads round and round" % address)

    @property
    def text(self):
        body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", self.page)
        return " ".join(re.sub(r"<[^>]*>", " ", body).split())

    def press(self, button, **fields):
        """Presses the first button whose words begin so, in the form that has all the fields."""
        for form in Forms(self.page).forms:
            found = next((b for b in form["buttons"] if " ".join(b["text"].split()).startswith(button)), None)
            if found is None or not form["names"].issuperset(fields):
                continue
            sent = form["fields"] | fields
            if found["name"]:
                sent[found["name"]] = found["value"]
            return self.open(form["action"] or self.address, sent)
        raise Lost("%s has no button \"%s\" with %s: %s" % (self.address, button, sorted(fields), self.text[:1500]))

    def reads(self, *words):
        missing = [one for one in words if one not in self.text]
        if missing:
            raise Lost("%s does not say %s: %s" % (self.address, missing, self.text[:1500]))
