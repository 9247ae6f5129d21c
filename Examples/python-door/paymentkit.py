"""The shop's side of a plugin, for Python 3.9 and newer, with nothing but the standard library.

A plugin is a class; its methods are the shop's questions, its answers dictionaries. Write no state into it: the shop may
end the process at any time and start another. `docs/plugins/wire.md` describes every question and answer.
"""

import base64
import datetime
import json
import os
import queue
import sys
import threading

INTERFACE = "1.1"


class PaymentError(Exception):
    """Why something could not be determined. A definite no is not an error: return {"fact": "declined", …}."""

    KINDS = ("invalidInput", "misconfigured", "notSent", "busy", "unavailable", "outcomeUnknown", "unsupported")

    def __init__(self, kind, why, field=None, setting=None, retry_after=None):
        assert kind in self.KINDS, kind
        super().__init__(why)
        self.kind, self.why = kind, why
        self.data = {"kind": kind, "field": field, "setting": setting, "retryAfter": retry_after}

    def wire(self):
        return {"code": -32000, "message": self.why, "data": {k: v for k, v in self.data.items() if v is not None}}


class Response:
    """A provider's answer, complete."""

    def __init__(self, wire):
        self.status = wire["status"]
        self.headers = wire["headers"]
        self.body = base64.b64decode(wire["body"])

    def json(self):
        """The body as an object; an empty one when it does not read as one."""
        return read_object(self.body)


def read_object(body):
    """Bytes as a JSON object; an empty dictionary when they are none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


class Call:
    """Everything that a plugin may touch during one call."""

    def __init__(self, session, number, frame):
        self._session, self._number = session, number
        self.ticket = frame["ticket"]
        self.now = datetime.datetime.fromtimestamp(frame["now"], datetime.timezone.utc)
        self._callbacks = frame["callbacks"]

    def callback(self, route):
        """The public address of one of the manifest's routes, made for this ticket."""
        return self._callbacks[route]

    def get(self, url, headers=None, timeout=15):
        return self._send("GET", url, headers or {}, b"", "asks", timeout)

    def post(self, url, json_body, headers=None, effect="acts", timeout=30):
        """Sends JSON. A request that can move money or ring a phone acts: once at most, and never again by yourself."""
        body = json.dumps(json_body, sort_keys=True).encode()
        return self._send("POST", url, {"Content-Type": "application/json", **(headers or {})}, body, effect, timeout)

    def _send(self, method, url, headers, body, effect, timeout):
        request = {"method": method, "url": url, "headers": headers, "body": base64.b64encode(body).decode(),
                   "effect": effect, "timeout": timeout}
        return Response(self._session.ask("http.send", {"call": self._number, "request": request}))

    def token(self, name, fetch):
        """An access token that all calls share; `fetch` returns (token, seconds) when the shop has none."""
        params = {"call": self._number, "name": name}
        known = self._session.ask("tokens.get", params).get("token")
        if known is not None:
            return known
        try:
            token, seconds = fetch()
        except BaseException:
            # The shop holds everybody else's question back until it hears of this one.
            try:
                self._session.ask("tokens.put", params)
            except PaymentError:
                pass
            raise
        return self._session.ask("tokens.put", {**params, "token": token, "seconds": seconds}).get("token", token)

    def forget_token(self, name, token):
        self._session.ask("tokens.invalidate", {"call": self._number, "name": name, "token": token})

    def note(self, text):
        """A line for the shop's log. Never people's data or secrets."""
        self._session.tell("log", {"call": self._number, "note": text})


class _Over(Exception):
    """Nobody waits for this call any more."""


class _Session:
    def __init__(self, make, manifest, abilities):
        self.make, self.manifest, self.abilities = make, manifest, abilities
        self.plugin = None
        # Standard output belongs to the shop: what the plugin prints goes to its log.
        self.output = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self.lock = threading.Lock()
        self.last = 0
        self.waiting = {}

    def write(self, message):
        line = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode() + b"\n"
        with self.lock:
            self.output.write(line)

    def ask(self, method, params):
        answer = queue.SimpleQueue()
        with self.lock:
            self.last += 1
            number = self.last
            self.waiting[number] = (params["call"], answer)
        self.write({"id": number, "method": method, "params": params})
        message = answer.get()
        if message is None:
            raise _Over()
        if "error" in message:
            data = message["error"].get("data") or {"kind": "unsupported"}
            raise PaymentError(data["kind"], message["error"]["message"], data.get("field"), data.get("setting"),
                               data.get("retryAfter"))
        return message["result"]

    def tell(self, method, params):
        self.write({"method": method, "params": params})

    def answer(self, message):
        number = message["id"]
        try:
            self.write({"id": number, "result": self.perform(number, message["method"], message.get("params") or {})})
        except _Over:
            self.write({"id": number, "error": {"code": -32000, "message": "nobody waits for it"}})
        except PaymentError as error:
            self.write({"id": number, "error": error.wire()})
        except NotImplementedError:
            self.write({"id": number, "error": {"code": -32601, "message": "the plugin cannot do that"}})
        except Exception as error:
            # A bug. Its words might hold anything, so the shop is told only its kind, and where.
            place = error.__traceback__
            while place.tb_next:
                place = place.tb_next
            where = "%s, line %d" % (os.path.basename(place.tb_frame.f_code.co_filename), place.tb_lineno)
            self.write({"id": number, "error": {"code": -32000, "message": type(error).__name__ + " in " + where}})

    def perform(self, number, method, params):
        if method == "hello":
            return {"interface": INTERFACE, "manifest": {"interface": INTERFACE, **self.manifest},
                    "abilities": self.abilities}
        if method == "setup":
            self.plugin = self.make(params["environment"], params["settings"], params["shop"])
            pages = getattr(self.plugin, "page_hosts", self.manifest.get("page", {}).get("hosts", []))
            return {"hosts": self.plugin.hosts, "callbackSources": getattr(self.plugin, "callback_sources", []),
                    "pageHosts": pages}
        if method == "ping":
            return {}
        call = Call(self, number, params["frame"]) if "frame" in params else None
        if method == "start":
            return self.need("start")(params, call)
        if method == "status":
            return self.need("status")(params["past"], call)
        if method == "events":
            inbound = dict(params["inbound"], body=base64.b64decode(params["inbound"]["body"]))
            return {"events": self.need("events")(inbound)}
        if method == "question":
            inbound = dict(params["inbound"], body=base64.b64decode(params["inbound"]["body"]))
            return {"question": self.need("question")(inbound)}
        if method == "instructions":
            told = self.need("instructions")(params["amount"], params["account"])
            return told if isinstance(told, dict) else {"steps": told}
        if method == "reply":
            return self.need("reply")(params["answer"])
        if method == "receipt":
            return {"text": self.need("receipt")(params["text"])}
        if method == "testConnection":
            return {"lines": self.need("test_connection")(call)}
        if method == "registerIncoming":
            return {"lines": self.need("register_incoming")(call)}
        if method == "registerStatement":
            return {"lines": self.need("register_statement")(call)}
        if method in ("refund", "send", "statement", "balance"):
            return self.need(method)(params, call)
        if method == "lookUp":
            return self.need("look_up")(params["text"], call)
        if method == "code":
            return {"png": base64.b64encode(self.need("code")(params, call)).decode()}
        raise NotImplementedError()

    def need(self, name):
        method = getattr(self.plugin, name, None)
        if method is None:
            raise NotImplementedError()
        return method

    def serve(self):
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if message.get("method") == "cancelled":
                with self.lock:
                    over = [n for n, (call, _) in self.waiting.items() if call == message["id"]]
                    ended = [self.waiting.pop(n)[1] for n in over]
                for answer in ended:
                    answer.put(None)
            elif "method" in message:
                threading.Thread(target=self.answer, args=(message,), daemon=True).start()
            else:
                with self.lock:
                    _, answer = self.waiting.pop(message["id"], (None, None))
                if answer is not None:
                    answer.put(message)


def serve(make, manifest, abilities):
    """Answers the shop until it closes our standard input.

    `make(environment, settings, shop)` makes the plugin; do no input or output there. `abilities` are words of
    docs/plugins/wire.md such as "status".
    """
    _Session(make, manifest, abilities).serve()
