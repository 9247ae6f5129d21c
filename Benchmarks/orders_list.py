"""Measures the desk's list of orders in a big shop: how long each filter and each search takes until the page is here,
and what taking all of it away as a file costs.

    orders_list.py --duka PROGRAM --fill PROGRAM --work FOLDER --mariadb URL [--orders N] [--rounds N] [--engine WORD]

The databases are made under the work folder, or taken from there when they are filled already. Times are those of a
browser on this machine, from sending the request to the last byte of the page, on a connection that is open.
"""

import argparse
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import threading
import time
import urllib.parse

here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
key = "07" * 32
password = "three brown goats"


def port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Shop:
    """The program on a database, and the owner's browser."""

    def __init__(self, location, folder):
        self.port = port()
        self.environment = os.environ | {
            "DUKA_LISTEN": f"127.0.0.1:{self.port}", "DUKA_DATABASE": location, "DUKA_SECRET_KEY": key,
            "DUKA_SIMULATOR_PORT": str(port()), "DUKA_SPOOL": f"{folder}/spool", "DUKA_LOG_LEVEL": "notice",
            "DUKA_TEMPLATES": f"{here}/templates", "DUKA_FILES": f"{here}/public", "DUKA_MIGRATIONS": f"{here}/migrations",
        }
        self.log = open(f"{folder}/shop.log", "ab")

    def run(self, *words):
        return subprocess.run([options.duka, *words], env=self.environment, check=True, capture_output=True, text=True).stdout

    def serve(self):
        self.process = subprocess.Popen([options.duka, "serve"], env=self.environment, stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                if self.ask("/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"duka ended; see {self.log.name}")
            time.sleep(0.1)
        raise SystemExit("duka does not answer")

    def ask(self, path, form=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": cookie} if cookie else {}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form is not None else "GET", path, form and urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text, answer.headers

    def sign_in(self):
        link = json.loads(self.run("admin", "create", "njeri", "--role", "owner", "--json"))["link"]
        path = urllib.parse.urlsplit(link).path
        token = re.search(rb'name="form_token" value="([^"]*)"', self.ask(path)[1]).group(1).decode()
        answer = self.ask(path, {"form_token": token, "new_password": password})
        self.cookie = answer[2]["Set-Cookie"].split(";")[0]
        self.browser = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def time(self, path):
        """Milliseconds until the page is here."""
        begun = time.perf_counter()
        self.browser.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.browser.getresponse()
        text = answer.read()
        spent = (time.perf_counter() - begun) * 1000
        if answer.status not in (200, 303) or (answer.status == 303 and "/admin/orders/" not in answer.headers["Location"]):
            raise SystemExit(f"{path}: {answer.status} {answer.headers['Location']}")
        return spent, text

    def memory(self):
        """What of the process is in memory and its own, in MB."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        return sum(int(fields[name].split()[0]) for name in ("Rss",)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def looks(shop):
    """What is measured, and the address; found in the shop's own list."""
    _, page = shop.time("/admin/orders")
    numbers = re.findall(rb'href="/admin/orders/([A-Z0-9]{8})"', page)
    number = numbers[20].decode()
    detail = json.loads(shop.run("orders", "show", number, "--json", "--show-numbers"))
    paid = json.loads(shop.run("orders", "list", "--status", "paid", "--limit", "1", "--json", "--show-numbers"))
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 200 * 86400))
    last = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 193 * 86400))
    quoted = urllib.parse.quote
    return [
        ("opened", ""),
        ("older page", "?before=" + re.search(rb"before=([0-9a-f]{32})", page).group(1).decode()),
        ("status paid (81 of 100)", "?status=paid"), ("status expired (18 of 100)", "?status=expired"),
        ("status needs somebody (1 of 100)", "?status=manual_review"), ("status cancelled (none)", "?status=cancelled"),
        ("newest prompt paid", "?prompt=paid"), ("newest prompt cancelled", "?prompt=cancelled"),
        ("newest prompt refused", "?prompt=failed"), ("newest prompt out (none)", "?prompt=prompt_sent"),
        ("a week half a year ago", f"?from={day}&to={last}"), ("total 1,000 to 2,000", "?least=1000&most=2000"),
        ("total exactly 24,000", "?least=24000&most=24000"), ("total from 24,100 (none)", "?least=24100&most=200000"),
        ("total from 23,000 (rare)", "?least=23000"), ("way to pay", "?provider=mpesa"),
        ("flag late (2 of 100)", "?flag=late"), ("flag paid twice (none)", "?flag=duplicate_payment"),
        ("needs somebody (1 of 100)", "?needs=me"),
        ("paid, late, 1,000 to 2,000, that week", f"?status=paid&flag=late&least=1000&most=2000&from={day}&to={last}"),
        ("paid with a cancelled prompt (none)", "?status=paid&prompt=cancelled"),
        ("needs somebody and paid (none)", "?needs=me&status=paid"),
        ("search: order number", f"?q={number}"), ("search: phone", f"?q={quoted(detail['phone'])}"),
        ("search: receipt", f"?q={paid['receipts'][0]}"), ("search: name, common", "?q=wanjiru"),
        ("search: beginning of a name", "?q=wanj"), ("search: both names", "?q=mary%20nkatha"),
        ("search: name and filter", "?q=kamau&status=expired"), ("search: nobody's name", "?q=zebedayo"),
    ]


def measure(engine, shop):
    print(f"\n| {engine}, {options.orders:,} orders | p50 | p95 | most |\n|---|---|---|---|")
    slow = []
    for label, query in looks(shop):
        first, _ = shop.time("/admin/orders" + query)
        times = sorted([first] + [shop.time("/admin/orders" + query)[0] for _ in range(options.rounds - 1)])
        p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        if p95 >= 100:
            slow.append(label)
        print(f"| {label} | {p50:.1f} ms | {p95:.1f} ms | {times[-1]:.1f} ms |", flush=True)
    print(f"\nOver 100 ms: {', '.join(slow) or 'nothing'}.")
    return not slow


def take_away(engine, shop, pause=0.0, bytes_at_most=None):
    """Fetches the file and watches the memory; with a pause, as a slow client would."""
    before, peak, done = shop.memory(), [0.0], threading.Event()

    def watch():
        while not done.wait(0.2):
            peak[0] = max(peak[0], shop.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=120)
    begun = time.perf_counter()
    connection.request("GET", "/admin/orders.csv", headers={"Cookie": shop.cookie})
    answer = connection.getresponse()
    size = lines = 0
    while part := answer.read(65536):
        size += len(part)
        lines += part.count(b"\n")
        if pause:
            time.sleep(pause)
        if bytes_at_most and size >= bytes_at_most:
            break
    spent = time.perf_counter() - begun
    connection.close()
    done.set()
    watcher.join()
    rest = "" if bytes_at_most else f"{lines - 1:,} orders, "
    print(f"{engine}, the file{', read slowly' if pause else ''}: {rest}{size / 1e6:.0f} MB in {spent:.0f} s; "
          f"memory {before:.0f} MB before, {peak[0]:.0f} MB at most", flush=True)


parser = argparse.ArgumentParser()
for name in ("duka", "fill", "work", "mariadb"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--orders", type=int, default=1_000_000)
parser.add_argument("--rounds", type=int, default=40)
parser.add_argument("--engine", default="SQLite,MariaDB")
options = parser.parse_args()
good = True
for engine in options.engine.split(","):
    folder = os.path.join(options.work, engine.lower())
    os.makedirs(folder, exist_ok=True)
    location = f"sqlite:{folder}/duka.db" if engine == "SQLite" else options.mariadb
    shop = Shop(location, folder)
    shop.run("migrate")
    if not os.path.exists(f"{folder}/filled"):
        begun = time.perf_counter()
        subprocess.run([options.fill, location, key, str(options.orders)], check=True)
        open(f"{folder}/filled", "w").close()
        print(f"{engine}: filled in {time.perf_counter() - begun:.0f} s", flush=True)
    shop.serve()
    try:
        shop.sign_in()
        good = measure(engine, shop) and good
        take_away(engine, shop)
        take_away(engine, shop, pause=0.05, bytes_at_most=12_000_000)
    finally:
        shop.stop()
raise SystemExit(0 if good else 1)
