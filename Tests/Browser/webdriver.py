"""Headless Chromium, driven through ChromeDriver: W3C WebDriver for the session, DevTools commands for the rest.

Fingers and keys are real input events at the place where the control is shown; a control that is covered or that is
not on the page cannot be pressed. Looking at the page works with script switched off too.
"""

import base64
import http.client
import json
import re
import shutil
import subprocess
import tempfile
import time

from checks import Failure, wait_until

KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "ArrowRight": 39, "ArrowLeft": 37}

# Finds what a person would: controls by their words, fields by their labels.
FINDING = """
const shown = e => e.checkVisibility() && !!e.offsetParent && e.getClientRects().length > 0 && !e.closest('[aria-hidden=true]');
const words = e => (e.getAttribute('aria-label') || e.textContent).replace(/\\s+/g, ' ').trim();
const control = name => { const all = [...document.querySelectorAll('a, button, summary')].filter(shown);
  return all.find(e => words(e) === name) || all.find(e => words(e).startsWith(name)) || all.find(e => words(e).includes(name)); };
const field = name => { const label = [...document.querySelectorAll('label')].filter(shown).find(e => words(e).startsWith(name));
  return label && (label.control || document.getElementById(label.htmlFor)); };
const one = selector => document.querySelector(selector);
const folded = name => [...document.querySelectorAll('.tabs details:not([open]) a')].some(e => words(e) === name && !shown(e));
"""


class Driver:
    """The ChromeDriver program."""

    def __init__(self):
        program = shutil.which("chromedriver")
        if not program or not shutil.which("chromium"):
            raise SystemExit("Chromium is missing. Run: apt-get install chromium chromium-driver")
        self.process = subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = None
        for line in self.process.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if not self.port:
            raise SystemExit("ChromeDriver does not start.")

    def send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        value = answer.get("value")
        if isinstance(value, dict) and "error" in value:
            raise Failure(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class Browser:
    """A fresh browser profile with one page in it."""

    def __init__(self, driver, name, width=360, height=640, touch=True, script=True, cookies=True, languages="en-KE,en"):
        self.driver, self.name, self.touch, self.script = driver, name, touch, script
        self.width, self.height = width, height
        self.requests, self.documents = {}, []
        self.leaves = 0
        self.profile = tempfile.mkdtemp(prefix="duka-profile-")
        options = {
            "binary": shutil.which("chromium"),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync",
                f"--window-size={width},{height}", f"--user-data-dir={self.profile}",
            ],
            "prefs": {
                "intl.accept_languages": languages,
                "profile.default_content_setting_values.cookies": 1 if cookies else 2,
                "credentials_enable_service": False,
            },
        }
        if touch:
            options["mobileEmulation"] = {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2, "touch": True, "mobile": True}
            }
        session = driver.send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL"}, "pageLoadStrategy": "normal"}}})
        self.path = f"/session/{session['sessionId']}"
        if not touch:
            self.resize(width)
        if not script:
            self.cdp("Emulation.setScriptExecutionDisabled", value=True)

    def close(self):
        try:
            self.listen()
        finally:
            self.driver.send("DELETE", self.path)
            shutil.rmtree(self.profile, ignore_errors=True)

    def cdp(self, command, **parameters):
        return self.driver.send("POST", f"{self.path}/goog/cdp/execute", {"cmd": command, "params": parameters})

    # Looking

    def evaluate(self, expression, promised=False):
        """The value of a script expression in the page; works with the page's own script switched off."""
        source = f"(() => {{ {FINDING} return ({expression}); }})()"
        answer = self.cdp("Runtime.evaluate", expression=source, returnByValue=True, awaitPromise=promised)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failure(f"{expression[:80]}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def wait(self, what, expression, seconds=10, promised=False):
        def ask():
            try:
                return self.evaluate(expression, promised)
            except Failure:
                return None  # between two pages

        return wait_until(f"[{self.name}] {what}", ask, seconds, describe=self.describe)

    def describe(self):
        try:
            return f"The page is {self.address} “{self.title}”: {self.text[:300]!r}"
        except Failure as failure:
            return str(failure)

    @property
    def address(self):
        return self.evaluate("location.href")

    @property
    def title(self):
        return self.evaluate("document.title")

    @property
    def heading(self):
        return self.evaluate("one('h1') ? one('h1').textContent : ''")

    @property
    def text(self):
        """Everything a person can read on the page."""
        return self.evaluate("document.body.innerText.replace(/\\s+/g, ' ')")

    @property
    def focus(self):
        """The words of the control that has the focus, or its id."""
        return self.evaluate("document.activeElement.id || words(document.activeElement)")

    def has(self, name):
        """Whether there is such a control, be it in the desk's closed menu."""
        return self.evaluate(f"!!control({json.dumps(name)}) || folded({json.dumps(name)})")

    def value(self, label):
        return self.evaluate(f"(field({json.dumps(label)}) || {{}}).value")

    def resize(self, width, height=None):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height or self.height,
                 deviceScaleFactor=2 if self.touch else 1, mobile=self.touch)

    def shot(self, file):
        answer = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(file, "wb") as image:
            image.write(base64.b64decode(answer["data"]))

    # Going

    def open(self, address):
        self.driver.send("POST", f"{self.path}/url", {"url": address})

    def leave(self, act):
        """Does what leads to another page, and waits until that is there."""
        self.leaves += 1  # a page that Back brings to life again still has its old mark
        self.evaluate(f"document.isLeft = {self.leaves}")
        act()
        self.wait("the next page", f"document.isLeft !== {self.leaves} && document.readyState === 'complete'")

    def follow(self, name):
        self.leave(lambda: self.press(name))

    def back(self):
        self.leave(lambda: self.driver.send("POST", f"{self.path}/back", {}))

    def forward(self):
        self.leave(lambda: self.driver.send("POST", f"{self.path}/forward", {}))

    def refresh(self):
        self.leave(lambda: self.driver.send("POST", f"{self.path}/refresh", {}))

    # Touching

    def press(self, name, times=1):
        """Presses the link or button with these words, `times` times at once; what is in the desk's closed menu is
        pressed there."""
        if self.evaluate(f"folded({json.dumps(name)})"):
            self.hit("one('.tabs summary')", "the menu")
        self.hit(f"control({json.dumps(name)})", name, times)

    def choose(self, label):
        self.hit(f"field({json.dumps(label)})", label)

    def fill(self, label, text):
        self.hit(f"field({json.dumps(label)})", label)
        self.evaluate("document.activeElement.select()")
        self.cdp("Input.insertText", text=text)

    def attach(self, label, file):
        """Chooses a file, as the browser's own window would."""
        found = self.cdp("Runtime.evaluate", expression=f"(() => {{ {FINDING} return field({json.dumps(label)}); }})()")
        if "objectId" not in found["result"]:
            raise Failure(f"[{self.name}] “{label}” is not on the page. {self.describe()}")
        self.cdp("DOM.setFileInputFiles", files=[file], objectId=found["result"]["objectId"])

    def write(self, label, text):
        """As `fill`, but letter by letter, each a press of a key."""
        self.hit(f"field({json.dumps(label)})", label)
        self.evaluate("document.activeElement.select()")
        for letter in text:
            self.cdp("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            self.cdp("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def hit(self, element, name, times=1):
        scroll = f"(() => {{ const e = {element}; if (e) e.scrollIntoView({{ block: 'center', behavior: 'instant' }}); }})()"
        measure = f"""(() => {{ const e = {element}; if (!e) return null; const box = e.getBoundingClientRect();
            const x = box.left + box.width / 2, y = box.top + box.height / 2, top = document.elementFromPoint(x, y);
            return {{ x, y, free: !!top && (e.contains(top) || top.contains(e)) }}; }})()"""
        # After a change of size a browser scrolls once more by itself.
        for _ in range(20):
            self.evaluate(scroll)
            place = self.evaluate(measure)
            self.settle()
            if place == self.evaluate(measure):
                break
        if not place:
            raise Failure(f"[{self.name}] “{name}” is not on the page. {self.describe()}")
        if not place["free"]:
            raise Failure(f"[{self.name}] “{name}” is covered by something else. {self.describe()}")
        for count in range(1, times + 1):
            self.tap(place["x"], place["y"], count)

    def settle(self):
        """Waits for two frames: until something is drawn it is touched where it was before."""
        if self.script:
            self.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(1))))", promised=True)
        else:
            time.sleep(0.05)

    def tap(self, x, y, count):
        if self.touch:
            self.cdp("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        for kind in ("mousePressed", "mouseReleased"):
            self.cdp("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)

    def key(self, key, shift=False):
        common = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        text = {"Enter": "\r", " ": " "}.get(key)
        self.cdp("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **({"text": text} if text else {}))
        self.cdp("Input.dispatchKeyEvent", type="keyUp", **common)

    def on_every_page(self, source):
        """Runs this script in each page from now on, before the page's own."""
        self.cdp("Page.enable")
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=source)

    # The network

    def network(self, offline=False, milliseconds=0, kilobits=None):
        """How good the network is from now on; without words as good as it gets."""
        speed = kilobits * 1000 / 8 if kilobits else -1
        self.cdp("Network.emulateNetworkConditions", offline=offline, latency=milliseconds, downloadThroughput=speed, uploadThroughput=speed)

    def without_files(self, *kinds):
        """Files of these kinds never arrive."""
        self.cdp("Network.enable")
        self.cdp("Network.setBlockedURLs", urls=[f"*.{kind}*" for kind in kinds])

    def listen(self):
        """Reads what went over the network since the last time into `requests` and `documents`."""
        for entry in self.driver.send("POST", f"{self.path}/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            method, parameters = message["method"], message["params"]
            known = self.requests.get(parameters.get("requestId"))
            if method == "Network.requestWillBeSent":
                if known and "redirectResponse" in parameters:
                    self.requests[f"{parameters['requestId']} {len(self.requests)}"] = known
                self.requests[parameters["requestId"]] = {
                    "url": parameters["request"]["url"], "method": parameters["request"]["method"],
                    "type": parameters.get("type"), "bytes": 0, "cached": False}
            elif known is None:
                continue
            elif method == "Network.requestServedFromCache":
                known["cached"] = True
            elif method == "Network.responseReceived":
                known |= {"status": parameters["response"]["status"],
                          "headers": {name.lower(): value for name, value in parameters["response"]["headers"].items()}}
                if parameters["type"] == "Document" and known["url"].startswith("http"):
                    self.documents.append(known)
            elif method == "Network.loadingFinished":
                known["bytes"] = parameters["encodedDataLength"]
        return self.seen()

    def seen(self):
        """Every request so far, without the browser's own pages."""
        return [request for request in self.requests.values() if request["url"].startswith("http")]
