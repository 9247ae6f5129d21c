"""Plays Jirani Page's provider on this machine: python3 provider.py [port] [the shop's address for messages]

Customers press Pay or Leave on its page. Messages are signed with the API key that the shop gave. Where the amount's last
two digits are 05 the message is never sent: only the shop's question finds the money.
"""

import hashlib
import hmac
import html
import json
import secrets
import sys
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 9191
MESSAGES = sys.argv[2] if len(sys.argv) > 2 else None
PAGES, LOCK = {}, threading.Lock()
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def told(page):
    """What the shop may know of a page."""
    return {k: page[k] for k in ("reference", "state", "cents", "receipt") if k in page}


def tell(page):
    if MESSAGES is None or page["cents"] // 100 % 100 == 5:
        return
    body = json.dumps(told(page)).encode()
    code = hmac.new(page["key"].encode(), body, hashlib.sha256).hexdigest()
    try:
        OPENER.open(urllib.request.Request(MESSAGES, body, {"X-Jirani-Signature": code}), timeout=10).read()
    except OSError as error:
        print("the shop did not take the message:", type(error).__name__, file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json", **headers):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        headers |= {"Content-Type": kind + "; charset=utf-8", "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def key(self):
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if len(key) < 16:
            self.answer(401, {"error": "unauthorized"})
        return key if len(key) >= 16 else None

    def shown(self):
        """The page that the customer's browser asks for."""
        with LOCK:
            page = next((p for p in PAGES.values() if self.path == "/p/" + p["id"]), None)
        if page is None:
            self.answer(404, "<p>There is no such page.", "text/html")
        return page

    def do_GET(self):
        if self.path.startswith("/p/"):
            page = self.shown()
            if page:
                about = "%s: KSh %.2f" % (html.escape(page["reference"]), page["cents"] / 100)
                buttons = "".join("<button name=press value=%s>%s</button> " % (p, p.title()) for p in ("pay", "leave"))
                self.answer(200, "<!doctype html><meta name=viewport content='width=device-width'><h1>Jirani Page</h1>"
                            "<p>%s<form method=post>%s</form>" % (about, buttons), "text/html")
        elif self.key():
            name = self.path.removeprefix("/v1/pages/")
            with LOCK:
                page = PAGES.get(name)
            if self.path == "/v1/merchant":
                self.answer(200, {"merchant": "jirani"})
            else:
                self.answer(200, told(page)) if page else self.answer(404, {"known": False})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/p/"):
            return self.press(urllib.parse.parse_qs(body.decode()).get("press", [""])[0])
        key = self.key()
        if not key:
            return
        asked = json.loads(body)
        with LOCK:
            # The same reference again is the same page: nobody pays twice.
            page = PAGES.setdefault(asked["reference"], {
                **asked, "id": secrets.token_hex(8), "key": key, "state": "open"})
        self.answer(201, {"page": "http://127.0.0.1:%d/p/%s" % (PORT, page["id"])})

    def press(self, button):
        page = self.shown()
        if page is None:
            return
        with LOCK:
            if page["state"] != "paid":
                page["state"] = "paid" if button == "pay" else "left"
                if button == "pay":
                    page["receipt"] = "JP" + secrets.token_hex(4).upper()
        tell(page)
        self.answer(303, "", Location=page.get("back") or "/p/" + page["id"])

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    print("Jirani Page listens on http://127.0.0.1:%d" % PORT, flush=True)
    server.serve_forever()
