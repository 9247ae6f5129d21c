"""A plugin that does what its setting says, most of it bad. For tests of what the shop does about it."""

import base64
import json
import os
import sys
import time

OUT = os.fdopen(os.dup(1), "wb", buffering=0)
MANIFEST = {"id": "test.rogue", "name": "Rogue", "version": "1.0.0", "summary": "Does what a test says.",
            "currencies": ["KES"], "routes": [{"name": "result"}],
            "settings": [{"key": "mode", "label": "Mode"}, {"key": "base", "label": "Base", "need": "never"},
                         {"key": "secret", "label": "Secret", "kind": "secret", "need": "never"}]}
PENDING = {"outcome": {"fact": {"fact": "pending"}, "references": [{"name": "id", "value": "1"}]}}


def write(message):
    OUT.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def read():
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def fact(value):
    return {"outcome": {"fact": value, "references": [{"name": "id", "value": "1"}]}}


def post(call, base, path="/pay", effect="acts"):
    request = {"method": "POST", "url": base + path, "headers": {}, "body": base64.b64encode(b"{}").decode(),
               "effect": effect, "timeout": 5}
    write({"id": 900, "method": "http.send", "params": {"call": call, "request": request}})
    return read()


def paid(minor=10000, currency="KES", receipt="R1"):
    return {"fact": "paid", "amount": {"minor": minor, "currency": currency}, "receipt": {"id": receipt}}


def start(call, mode, base, settings):
    if mode == "good":
        post(call, base)
        return PENDING
    if mode == "garbage":
        OUT.write(b"Traceback (most recent call last):\n")
    if mode == "crash-before":
        sys.exit(3)
    if mode == "crash-after":
        post(call, base)
        os.kill(os.getpid(), 9)
    if mode == "crash-with-words":
        print("the key is", settings.get("secret"), "of 254712345678", file=sys.stderr)
        sys.exit(4)
    if mode == "blurt":
        write({"id": call, "error": {"code": -32000, "message": f"{settings.get('secret')} refused 254712345678",
                                     "data": {"kind": "invalidInput"}}})
    if mode == "hang-before":
        time.sleep(3600)
    if mode == "hang-after":
        post(call, base)
        time.sleep(3600)
    if mode == "stop-after":
        post(call, base)
        os.kill(os.getpid(), 19)
    if mode == "long":
        OUT.write(b"x" * (1 << 21))
        time.sleep(3600)
    if mode == "deep":
        OUT.write(b"[" * 1000 + b"]" * 1000 + b"\n")
    if mode == "flood":
        while True:
            write({"id": 7, "method": "http.send", "params": {"call": 10 ** 6, "request": {}}})
    if mode == "flood-bytes":
        while True:
            name = "a" * 500_000
            write({"id": 8, "method": "tokens.invalidate", "params": {"call": call, "name": name, "token": "b"}})
    if mode == "flood-call":
        while True:
            write({"id": 8, "method": "tokens.invalidate", "params": {"call": call, "name": "a", "token": "b"}})
    if mode == "flood-notes":
        while True:
            write({"method": "log", "params": {"call": call, "note": "n" * 400}})
    if mode == "answer-early":
        request = {"method": "POST", "url": base + "/pay", "headers": {}, "body": base64.b64encode(b"{}").decode(),
                   "effect": "acts", "timeout": 5}
        write({"id": 901, "method": "http.send", "params": {"call": call, "request": request}})
        return fact(paid())
    if mode == "twice":
        write({"id": call, "result": PENDING})
        return fact(paid())
    if mode == "unknown-fact":
        return fact({"fact": "payed"})
    if mode == "negative":
        return fact(paid(-1))
    if mode == "giant":
        return fact(paid(2 ** 62))
    if mode == "dollars":
        return fact(paid(10000, "USD"))
    if mode == "long-receipt":
        return fact(paid(receipt="R" * 61))
    if mode == "claim-after-loss":
        post(call, base, "/lost")
        return fact(paid())
    if mode == "elsewhere":
        return {"outcome": {"fact": {"fact": "pending"}, "references": [
            {"name": "answer", "value": json.dumps(post(call, "https://elsewhere.example"))[:150]}]}}
    if mode == "other-call":
        write({"id": 5, "method": "http.send", "params": {"call": call + 1, "request": {}}})
        return {"outcome": {"fact": {"fact": "pending"}, "references": [
            {"name": "answer", "value": json.dumps(read())[:150]}]}}
    if mode == "look-around":
        seen = {"env": sorted(os.environ), "fds": sorted(os.listdir("/proc/self/fd"))[:6],
                "net": sorted(line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:])}
        try:
            open("/tmp/rogue-was-here", "wb", buffering=0).write(b"x")
            seen["file"] = True
        except OSError:
            seen["file"] = False
        return {"outcome": {"fact": {"fact": "pending"}, "references": [
            {"name": "seen", "value": json.dumps(seen)[:200]}]}}
    if mode == "eat":
        return fact({"fact": "unclear", "code": str(len(bytearray(3 << 30)))})
    return PENDING


def main():
    settings, base = {}, ""
    while True:
        message = read()
        number, method, params = message.get("id"), message.get("method"), message.get("params") or {}
        if method == "hello":
            write({"id": number, "result": {"interface": "1.0", "manifest": MANIFEST, "abilities": ["webhooks"]}})
        elif method == "setup":
            settings = params["settings"]
            base = settings.get("base", "http://127.0.0.1:1")
            if settings["mode"] == "no-setup":
                write({"id": number, "error": {"code": -32000,
                                               "message": f"the key {settings.get('secret')} is too short",
                                               "data": {"kind": "misconfigured", "setting": "secret"}}})
                continue
            write({"id": number, "result": {"hosts": [base.split("://")[1]], "callbackSources": []}})
        elif method == "ping":
            write({"id": number, "result": {}})
        elif method == "start":
            write({"id": number, "result": start(number, settings["mode"], base, settings)})
        elif method == "events":
            body = base64.b64decode(params["inbound"]["body"])
            if body == b"poison":
                sys.exit(5)
            write({"id": number, "result": {"events": []}})


main()
