"""Measures the shop against what C can do with the same libraries, in one run, and prints a table.

    bench.py --duka PROGRAM --tools FOLDER --work FOLDER [--mariadb URL] [--rounds N] [--seconds S] [--orders N]
             [--only WORD,...]    of process, pages, orders, connections, callbacks, mariadb

Every comparison is made of rounds in which the two sides take turns, so that a noisy machine hurts both; the ratio is
that of the medians. Everything listens on 127.0.0.1 and writes under the work folder.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse

here = os.path.dirname(os.path.abspath(__file__))
tick = os.sysconf("SC_CLK_TCK")
started = []
rows = []


def port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def get(number, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=30)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def raw_answer(number, path):
    """The whole answer as it comes: to a request like wrk's, without compression."""
    with socket.create_connection(("127.0.0.1", number), timeout=30) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while part := one.recv(65536):
            parts.append(part)
    return b"".join(parts)


class Process:
    """A server under test."""

    def __init__(self, command, environment=None, log=None, number=None, path="/"):
        self.port = number
        self.log = log
        output = open(log, "ab") if log else subprocess.DEVNULL
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=os.path.dirname(here))
        started.append(self)
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", number), timeout=5) as one:
                    one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                    if one.recv(64).startswith(b"HTTP/1.1 "):
                        break
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} does not answer; see {log}")
            time.sleep(0.0005)
        self.first = time.perf_counter() - self.begun

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / tick

    def rss(self):
        """Memory in MB: all of it, and what is the process's own and no shared library's."""
        with open(f"/proc/{self.process.pid}/status") as file:
            text = file.read()
        return [int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "RssAnon")]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Duka(Process):
    # One tester stands for thousands of customers, so limits per phone and address are off. Nothing is asked about a
    # prompt and no prompt closes while the benchmark runs.
    base = {
        "DUKA_LOG_LEVEL": "warning", "DUKA_QUERY_SECONDS": "86400", "DUKA_ATTEMPT_SECONDS": "600",
        "DUKA_LIMITS_PROVIDER": "off", "DUKA_LIMITS_PHONE": "off", "DUKA_LIMITS_PHONE_AMOUNT": "off",
        "DUKA_LIMITS_IPV4": "off", "DUKA_LIMITS_PHONES_IPV4": "off", "DUKA_LIMITS_UNANSWERED": "off",
        "DUKA_LIMITS_STATUS": "off", "DUKA_LIMITS_WRONG_TOKENS": "off", "DUKA_SECRET_KEY": "5a" * 32,
    }

    def __init__(self, name, database, simulator=None, **more):
        number = port()
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("DUKA_", "MPESA_"))}
        environment |= self.base | {
            "DUKA_LISTEN": f"127.0.0.1:{number}", "DUKA_DATABASE": database,
            "DUKA_SPOOL": os.path.join(options.work, f"{name}-spool"), "DUKA_SIMULATOR_PORT": "0",
        } | more
        if simulator:
            environment["MPESA_BASE_URL"] = f"http://127.0.0.1:{simulator}"
        super().__init__([options.duka, "serve"], environment, os.path.join(options.work, f"{name}.log"), number)

    def metrics(self):
        text = get(self.port, "/metrics")[1].decode()
        return {key: int(value) for key, value in re.findall(r"^(duka_\S+) (-?\d+)$", text, re.M)}


# One round of load ---------------------------------------------------------------------------------------------------

def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(server, path="/", connections=64, script=None, arguments=(), length=None):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{length or options.seconds}", "--timeout", "10s", "--latency"]
    if script:
        command += ["-s", os.path.join(here, script)]
    command += [f"http://127.0.0.1:{server.port}{path}"]
    if arguments:
        command += ["--", *arguments]
    before = server.cpu()
    output = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    used = server.cpu() - before
    count = int(re.search(r"(\d+) requests in", output)[1])
    errors = sum(int(each) for each in re.findall(r"(?:connect|read|write|timeout) (\d+)", output))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), "count": count,
        "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]), "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
        "cpu": used / max(count, 1) * 1e6, "errors": errors + (int(refused[1]) if refused else 0),
    }


def tool(*command):
    output = subprocess.run([os.path.join(options.tools, command[0]), *map(str, command[1:])],
                            capture_output=True, text=True, timeout=120, check=True).stdout
    return json.loads(output)


def posts(server, file, kind, *answers, connections=64):
    """Posts each line of `file` once over some connections."""
    before = server.cpu()
    done = subprocess.run([os.path.join(options.tools, "posts"), str(server.port), str(connections), kind, file, *answers],
                          capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"posts: {done.stderr}; see {server.log}")
    count, errors = (int(number) for number in done.stderr.split())
    return json.loads(done.stdout) | {"count": count, "errors": errors, "cpu": (server.cpu() - before) / count * 1e6}


def compare(label, target, shop, baseline, rounds=None, note=""):
    """Lets the two sides take turns; `shop` and `baseline` get the number of the round."""
    sides = ([], [])
    for number in range(rounds or options.rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for side in order:
            sides[side].append((shop, baseline)[side](number))
    mine, theirs = (middle(side) for side in sides)
    return add(label, target, mine, theirs, note)


def middle(rounds):
    keys = set().union(*rounds)
    result = {key: statistics.median(each[key] for each in rounds if key in each) for key in keys}
    result["errors"] = sum(each.get("errors", 0) for each in rounds)
    return result


def add(label, target, mine, theirs, note=""):
    row = {"label": label, "target": target, "mine": mine, "theirs": theirs, "ratio": mine["rate"] / theirs["rate"], "note": note}
    row["met"] = (target is None or row["ratio"] >= target) and mine["errors"] == 0
    rows.append(row)
    show(row)
    return row


def single(label, value, unit, target=None, note=""):
    row = {"label": label, "value": value, "unit": unit, "target": target, "note": note,
           "met": target is None or value <= target}
    rows.append(row)
    show(row)


head = f"{'':44}{'rate/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'cpu µs':>8} |{'C rate/s':>9}{'p99 ms':>8}{'cpu µs':>8} |{'ratio':>7}{'target':>8}"


def show(row):
    verdict = "" if row["target"] is None else "met" if row["met"] else "MISSED"
    if "value" in row:
        target = "" if row["target"] is None else f"≤ {row['target']:g}"
        print(f"{row['label']:44}{row['value']:9.2f} {row['unit']:<6}{'':59}{target:>8}  {verdict} {row['note']}", flush=True)
        return
    mine, theirs = row["mine"], row["theirs"]
    target = "" if row["target"] is None else f"≥ {row['target']:.2f}"
    cpu = f"{theirs['cpu']:8.1f}" if "cpu" in theirs else f"{'':8}"
    errors = f" {mine['errors']} ERRORS" if mine["errors"] else ""
    print(f"{row['label']:44}{mine['rate']:9.0f}{mine['p50']:8.2f}{mine['p99']:8.2f}{mine['cpu']:8.1f} |"
          f"{theirs['rate']:9.0f}{theirs['p99']:8.2f}{cpu} |{row['ratio']:7.2f}{target:>8}  {verdict}{errors} {row['note']}", flush=True)


# Orders and callbacks ------------------------------------------------------------------------------------------------

def checkout_posts(shop, count, first, **more):
    """Forms to post, each with a token of its own: lines of path, tab, body."""
    query = "/checkout?c=kericho-tea:1,nyeri-coffee:1"

    def part(numbers):
        connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=30)
        lines = []
        for number in numbers:
            connection.request("GET", query)
            page = connection.getresponse().read().decode()
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
            fields |= {"delivery": "pickup", "name": "Achieng Otieno", "phone": f"0722{first + number:06}",
                       "email": "achieng@example.com", "place": ""} | more
            lines.append("/checkout\t" + urllib.parse.urlencode(fields))
        connection.close()
        return lines

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [line for lines in pool.map(part, [range(start, count, 4) for start in range(4)]) for line in lines]


def wait_for_pushes(simulator, count):
    deadline = time.monotonic() + 60
    while True:
        pushes = json.loads(get(simulator.port, "/simulator/ledger")[1])["pushes"]
        if len(pushes) >= count or time.monotonic() > deadline:
            return [push for push in pushes if push["checkoutRequestID"]]
        time.sleep(0.5)


def callback_lines(pushes, body):
    """The same success for every attempt; each `body` is another message, as a provider that repeats itself sends."""
    lines = []
    for push in pushes:
        path = urllib.parse.urlsplit(push["callbackURL"]).path
        text = json.dumps({"Body": {"stkCallback": {
            "MerchantRequestID": push["merchantRequestID"], "CheckoutRequestID": push["checkoutRequestID"],
            "ResultCode": 0, "ResultDesc": "The service request is processed successfully.",
            "CallbackMetadata": {"Item": [
                {"Name": "Amount", "Value": float(push["amount"])},
                {"Name": "MpesaReceiptNumber", "Value": f"TKL{push['number']:07}"}, {"Name": "Balance", "Value": body},
                {"Name": "TransactionDate", "Value": 20261121103005},
                {"Name": "PhoneNumber", "Value": int(push["phone"].lstrip("+"))}]}}}})
        lines.append(f"{path}\t{text}")
    return lines


def write(name, lines):
    path = os.path.join(options.work, name)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def buy(shop, simulator, name, count, rounds):
    """Places `count` orders in `rounds`.

    Returns what each round measured, the pages' paths and the pushes.
    """
    answers = os.path.join(options.work, f"{name}-answers")
    forms = checkout_posts(shop, count, 0)
    measured = []
    for number in range(rounds):
        file = write(f"{name}-posts-{number}", forms[number::rounds])
        measured.append(posts(shop, file, "application/x-www-form-urlencoded", answers))
    with open(answers) as file:
        lines = file.read().split()
    pages = [line for line in lines if line.startswith("/orders/")]
    if len(pages) < count * 0.95:
        raise SystemExit(f"only {len(pages)} of {count} orders were placed; see {shop.log}")
    return measured, pages, wait_for_pushes(simulator, len(pages))


def callbacks(label, target, shop, pushes, baseline, note):
    bodies = 16 // options.rounds
    waiting, stored = [shop.metrics()["duka_inbox_waiting"]], [shop.metrics()["duka_callbacks_stored_total"]]

    def round_of(number):
        lines = [line for body in range(bodies) for line in callback_lines(pushes, number * bodies + body)]
        file = write("callbacks", lines)
        return posts(shop, file, "application/json")

    row = compare(label, target, round_of, baseline)
    stored.append(shop.metrics()["duka_callbacks_stored_total"])
    waiting.append(shop.metrics()["duka_inbox_waiting"])
    arrived = stored[1] - stored[0]
    print(f"    {note} {arrived} different messages; {arrived - (waiting[1] - waiting[0])} of them were translated meanwhile.")
    return row


# The parts -----------------------------------------------------------------------------------------------------------

def sqlite_part():
    file = os.path.join(options.work, "shop.db")
    simulator_port = port()
    simulator = Process([options.duka, "simulate-daraja", "--port", str(simulator_port), "--story", "stuck"],
                        None, os.path.join(options.work, "simulator.log"), simulator_port)
    shop = Duka("sqlite", f"sqlite:{file}", simulator.port)
    with sqlite3.connect(file, timeout=10) as database:
        database.execute("UPDATE products SET stock = 100000000")
    time.sleep(1.5)

    def page(name, path, database=None):
        answer = os.path.join(options.work, f"{name}.http")
        with open(answer, "wb") as out:
            out.write(raw_answer(shop.port, path))
        number = port()
        # As many loops as the shop has by itself.
        loops = max(1, min(4, os.cpu_count() // 2))
        return Process([os.path.join(options.tools, "page"), str(number), str(loops), answer] + ([database] if database else []),
                       None, os.path.join(options.work, "page.log"), number, path)

    front, live = page("front", "/"), page("live", "/health/live")
    if wanted("pages"):
        compare("/ (catalogue page), 64 connections", 0.90, lambda _: wrk(shop), lambda _: wrk(front))
        compare("/health/live, 64 connections", 0.90, lambda _: wrk(shop, "/health/live"), lambda _: wrk(live, "/health/live"))

    if options.only == "pages":
        return
    measured, pages, pushes = buy(shop, simulator, "sqlite", options.orders, options.rounds)
    paths = write("pages", pages)
    # An equal database for C: SQLite's own copy.
    copy = os.path.join(options.work, "copy.db")
    with sqlite3.connect(file) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = WAL")
    order = page("order", pages[0], copy)
    every = {"script": "paths.lua", "arguments": [paths]}
    if wanted("orders"):
        wrk(shop, pages[0], length=1)
        compare("order page, SQLite, one order", 0.70, lambda _: wrk(shop, pages[0]), lambda _: wrk(order, pages[0]))
        wrk(shop, **every, length=3)
        compare(f"order page, SQLite, {len(pages)} orders", 0.70, lambda _: wrk(shop, **every), lambda _: wrk(order, **every))
    if wanted("connections"):
        for connections in (256, 1000):
            compare(f"/, {connections} connections", 0.85, lambda _: wrk(shop, connections=connections),
                    lambda _: wrk(front, connections=connections), rounds=2)
            compare(f"order page, SQLite, {connections} connections", 0.85,
                    lambda _: wrk(shop, pages[0], connections), lambda _: wrk(order, pages[0], connections), rounds=2)
    length = len(callback_lines(pushes[:1], 0)[0].split("\t")[1]) + 30
    if wanted("callbacks"):
        row = callbacks("callback to durable 200, SQLite", 4, shop, pushes,
                        lambda _: tool("sqlite_commits", copy, options.seconds, length), "SQLite:")
        add("  the same against C with 64 rows a commit", None, row["mine"],
            middle([tool("sqlite_commits", copy, options.seconds / 2, length, 64) for _ in range(2)]))
        add("checkout POST, SQLite (against callbacks)", 0.40, middle(measured), row["mine"], "orders, attempts, jobs; prompts go out meanwhile")
    total, own = shop.rss()
    single("memory after all that", total, "MB", note=f"{own:.1f} of it its own")
    for each in (order, front, live, shop, simulator):
        each.stop()


def mariadb_part():
    location = urllib.parse.urlsplit(options.mariadb)
    socket_path = urllib.parse.parse_qs(location.query)["socket"][0]
    name = location.path.lstrip("/")

    def statement(text):
        subprocess.run(["mariadb", "--no-defaults", f"--socket={socket_path}", "--user=duka", "--password=duka", name, "-e", text],
                       check=True, capture_output=True)

    statement(f"DROP DATABASE {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
    simulator_port = port()
    simulator = Process([options.duka, "simulate-daraja", "--port", str(simulator_port), "--story", "stuck"],
                        None, os.path.join(options.work, "simulator.log"), simulator_port)
    shop = Duka("mariadb", options.mariadb, simulator.port)
    statement("UPDATE products SET stock = 100000000")
    time.sleep(1.5)
    measured, pages, pushes = buy(shop, simulator, "mariadb", options.orders // 2, options.rounds)
    every = {"script": "paths.lua", "arguments": [write("pages", pages)]}
    if wanted("orders"):
        wrk(shop, **every, length=3)
        compare(f"order page, MariaDB, {len(pages)} orders", 0.50, lambda _: wrk(shop, **every),
                lambda _: tool("mariadb_limits", socket_path, name, "selects", options.seconds, 8), note="C: order and lines, 8 connections, no HTTP")
    length = len(callback_lines(pushes[:1], 0)[0].split("\t")[1]) + 30
    if wanted("callbacks"):
        row = callbacks("callback to durable 200, MariaDB", 5, shop, pushes,
                        lambda _: tool("mariadb_limits", socket_path, name, "commits", options.seconds, length), "MariaDB:")
        add("checkout POST, MariaDB (against callbacks)", None, middle(measured), row["mine"])
    for each in (shop, simulator):
        each.stop()


def hostile_part():
    """Checkouts with M-PESA while one in ten customers chooses a plugin that is good for nothing, against the same with
    a plugin that just answers."""
    form = "application/x-www-form-urlencoded"
    rogue = os.path.join(here, "..", "Tests", "PluginHostTests", "Rogue")
    simulator_port = port()
    simulator = Process([options.duka, "simulate-daraja", "--port", str(simulator_port), "--story", "stuck"],
                        None, os.path.join(options.work, "rogue-simulator.log"), simulator_port)

    def open_shop(name, mode):
        folder = os.path.join(options.work, f"plugins-{name}")
        os.makedirs(folder)
        with open(os.path.join(folder, "rogue.json"), "w") as file:
            settings = {"mode": mode, "base": "http://127.0.0.1:1"}
            json.dump({"program": ["python3", "rogue.py"], "folder": rogue, "settings": settings}, file)
        database = os.path.join(options.work, f"rogue-{name}.db")
        more = {"DUKA_PLUGINS": folder, "DUKA_DATABASE": f"sqlite:{database}", "DUKA_SECRET_KEY": "5a" * 32}
        subprocess.run([options.duka, "plugin", "enable", "rogue"], env=os.environ | more, check=True, capture_output=True)
        shop = Duka(f"rogue-{name}", f"sqlite:{database}", simulator.port, DUKA_PLUGINS=folder)
        with sqlite3.connect(database, timeout=10) as connection:
            connection.execute("UPDATE products SET stock = 100000000")
        return shop

    def round_of(shop, number, mode):
        # Many, for the slowest hundredth of few says little.
        paying = write(f"paying-{mode}", checkout_posts(shop, 3000, number * 4000, provider="mpesa"))
        others = write(f"others-{mode}", checkout_posts(shop, 300, number * 4000 + 3500, provider="rogue"))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            beside = pool.submit(posts, shop, others, form, connections=1)
            measured = posts(shop, paying, form, connections=4)
            beside.result()
        time.sleep(1)
        return measured

    for mode, what in (("crash-before", "ends at once"), ("hang-before", "never answers"), ("garbage", "writes rubbish"),
                       ("flood", "floods the shop"), ("negative", "lies about money")):
        shop, quiet = open_shop(mode, mode), open_shop(f"beside-{mode}", "quiet")
        row = compare(f"checkout with M-PESA, a plugin {what}", None, lambda number: round_of(shop, number, mode),
                      lambda number: round_of(quiet, number, "quiet"), note="against one that just answers")
        single("  its p99 against the other's", row["mine"]["p99"] / row["theirs"]["p99"], "", 1.10)
        shop.stop()
        quiet.stop()
    simulator.stop()


def process_part():
    database = f"sqlite:{os.path.join(options.work, 'small.db')}"
    firsts, idle = [], (0, 0)
    for number in range(11):
        shop = Duka("start", database)
        if number > 0:  # the first one made the database
            firsts.append(shop.first * 1000)
        if number == 10:
            time.sleep(2)
            idle = shop.rss()
        shop.stop()
    single("from exec to the first 200, median of 10", statistics.median(firsts), "ms", 50, "warm database, with simulator")
    single("memory when idle", idle[0], "MB", 40, f"with simulator; {idle[1]:.1f} of it its own, the rest libraries and files")
    single("size of the program", os.path.getsize(options.duka) / 1e6, "MB")


def wanted(word):
    return not options.only or word in options.only.split(",")


parser = argparse.ArgumentParser()
parser.add_argument("--duka", required=True)
parser.add_argument("--tools", required=True)
parser.add_argument("--work", required=True)
parser.add_argument("--mariadb")
parser.add_argument("--rounds", type=int, default=4)
parser.add_argument("--seconds", type=int, default=2)
parser.add_argument("--orders", type=int, default=6000)
parser.add_argument("--only", default="")
options = parser.parse_args()

begun = time.monotonic()
print(head, flush=True)
try:
    if wanted("process"):
        process_part()
    if options.only != "hostile":
        sqlite_part()
    if wanted("hostile"):
        hostile_part()
    if options.mariadb and wanted("mariadb"):
        mariadb_part()
finally:
    for each in started:
        each.stop()
print(f"\nAll of it once more, after {time.monotonic() - begun:.0f} seconds, load {os.getloadavg()[0]:.1f}:\n")
print(head)
for row in rows:
    show(row)
missed = [row["label"].strip() for row in rows if not row["met"]]
print("\n" + (f"Missed: {', '.join(missed)}." if missed else "Every target is met."))
