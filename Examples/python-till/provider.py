"""Plays Jirani Till's provider on this machine: python3 provider.py [port]

Every phone says yes after a moment, except where the amount's last two digits say otherwise:
01 has no money, 02 cancels, 03 never answers the shop's request although the phone rings, 04 sends its message twice,
05 never sends it.
"""

import json
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RINGS, LOCK = {}, threading.Lock()
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def decide(ring):
    """The customer presses a button on the phone."""
    story = ring["shillings"] % 100
    with LOCK:
        if story == 2:
            ring["state"] = "cancelled"
        else:
            ring["state"], ring["receipt"] = "paid", "JT%06d" % (len(RINGS) + 100000)
        body = json.dumps({k: v for k, v in ring.items() if k not in ("callback", "phone")}).encode()
    for _ in range({4: 2, 5: 0}.get(story, 1)):
        request = urllib.request.Request(ring["callback"], body, {"Content-Type": "application/json"})
        try:
            OPENER.open(request, timeout=10).read()
        except OSError as error:
            print("the shop did not take the message:", type(error).__name__, file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_known(self):
        if self.headers.get("Authorization", "").startswith("Bearer ") and len(self.headers["Authorization"]) > 20:
            return True
        self.answer(401, {"error": "unauthorized"})
        return False

    def do_GET(self):
        if not self.is_known():
            return
        kind, _, name = self.path.removeprefix("/v1/").partition("/")
        if kind == "tills":
            return self.answer(200, {"till": name})
        with LOCK:
            ring = dict(RINGS.get(name, {}))
        if not ring:
            return self.answer(404, {"known": False})
        self.answer(200, {k: v for k, v in ring.items() if k not in ("callback", "phone")})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if not self.is_known():
            return
        story = body["shillings"] % 100
        if story == 1:
            return self.answer(422, {"refused": "no_funds"})
        with LOCK:
            # The same reference again is the same ring: nobody's phone rings twice.
            ring = RINGS.get(body["reference"])
            is_new = ring is None
            if is_new:
                ring = RINGS[body["reference"]] = {
                    "ring": "RG-%d" % (len(RINGS) + 1), "reference": body["reference"], "state": "ringing",
                    "shillings": body["shillings"], "callback": body["callback"], "phone": body["phone"]}
        if is_new:
            threading.Timer(0.2, decide, [ring]).start()
        if story == 3:
            self.close_connection = True
            return self.connection.close()
        self.answer(201, {"ring": ring["ring"], "state": ring["state"]})

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9191), Handler)
    print("Jirani listens on http://127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()
