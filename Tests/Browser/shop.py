"""A shop with demo goods in a folder of its own, and the phones of its simulated M-PESA."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse

from checks import Failure, wait_until

PIN = "1234"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Shop:
    """`duka serve` on free ports. What a journey must not wait for is turned off: limits per address, and pauses."""

    def __init__(self, root, before=lambda folder: None, is_new=False):
        """`before` may write files into the shop's folder. `is_new`: as a new owner starts it, with nothing set but
        what keeps it apart from other shops of this machine."""
        self.folder = tempfile.mkdtemp(prefix="duka-browser-")
        before(self.folder)
        self.port, self.phones_port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.phones = Phones(self.phones_port)
        program = os.path.abspath(os.environ.get("DUKA_PROGRAM") or os.path.join(root, ".build/debug/duka"))
        if not os.path.exists(program):
            raise SystemExit(f"There is no {program}. Run: swift build --product duka")
        settings = {name: value for name, value in os.environ.items() if not name.startswith(("DUKA_", "MPESA_"))}
        self.program, self.settings = program, settings
        settings |= {
            "DUKA_LISTEN": f"127.0.0.1:{self.port}",
            "DUKA_SIMULATOR_PORT": str(self.phones_port),
            "DUKA_TEMPLATES": os.path.join(root, "templates"),
            "DUKA_FILES": os.path.join(root, "public"),
            "DUKA_MIGRATIONS": os.path.join(root, "migrations"),
        }
        settings |= {} if is_new else {
            "DUKA_CONTACT": "0712 000 000",
            "DUKA_QUERY_SECONDS": "3,6,9,12,15,18,24,30,45,60",
            "DUKA_LIMITS_IPV4": "off",
            "DUKA_LIMITS_PHONES_IPV4": "off",
            "DUKA_LIMITS_STATUS": "10000/1m",
            "DUKA_LIMITS_PROVIDER": "off",
        }
        self.log_path = os.path.join(self.folder, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([program, "serve"], cwd=self.folder, env=settings, stdout=log, stderr=log)
        try:
            wait_until("the shop is ready", self.is_ready, 30)
        except Failure as failure:
            log = self.log()
            self.close()
            raise SystemExit(f"{failure}\n{log}")

    def run(self, *words):
        """What a command of the program says, run in the shop's folder with its settings."""
        done = subprocess.run([self.program, *words], cwd=self.folder, env=self.settings, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"duka {' '.join(words)}: {done.returncode} {done.stderr}")
        return done.stdout

    def is_ready(self):
        if self.process.poll() is not None:
            raise Failure(f"the shop ended with {self.process.returncode}")
        try:
            return self.send("GET", "/health/ready").status == 200
        except OSError:
            return False

    def send(self, method, path, form=None, headers=None):
        """One request as a program without a browser sends it; the answer has `body`, not followed anywhere."""
        return send(self.port, method, path, form, headers)

    def checkout_form(self, phone, product="nyeri-coffee"):
        """A filled checkout form, as the page without script would send it."""
        page = self.send("GET", f"/checkout?c={product}:1").body
        hidden = {name: re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("provider", "form_token", "shown_total", "c")}
        return hidden | {"name": "Njeri", "phone": phone, "delivery": "pickup"}

    def order(self, form):
        """Sends the form; the path of the order's page, or what came instead."""
        answer = self.send("POST", "/checkout", form)
        return answer.getheader("Location") or f"{answer.status}: {' '.join(answer.body.split())[:2000]}"

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Phones:
    """Touches the phones of the simulator as their owners would, and reads what really happened."""

    def __init__(self, port):
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"

    def page(self, number):
        return f"{self.origin}/phones/{full(number)}"

    def story(self, number, story):
        """What happens to this phone's prompts: the name of a story, or its parts."""
        self.post("/simulator/story", json.dumps({"phone": full(number), "story": story}))

    def balance(self, number, shillings):
        self.post(f"/simulator/phones/{full(number)}/balance", {"balance": shillings})

    def touch(self, number, action, **fields):
        """Waits for the prompt, then `approve`s, `cancel`s or `ignore`s it."""
        self.await_prompt(number)
        self.post(f"/simulator/phones/{full(number)}/{action}", fields)

    def await_prompt(self, number):
        def prompt():
            return json.loads(send(self.port, "GET", f"/simulator/phones/{full(number)}").body)["prompt"]

        return wait_until(f"a prompt on {number}", prompt, 15)

    def pay(self, number, shillings, account, business="174379"):
        """Pays the paybill from the phone's own menu; the receipt."""
        fields = {"business": business, "amount": shillings, "account": account, "pin": PIN}
        return json.loads(self.post(f"/simulator/phones/{full(number)}/pay", fields).body)["receipts"][0]

    def pushes(self, number):
        """Every prompt that the shop ever asked for on this phone."""
        ledger = json.loads(self.ledger())
        return [push for push in ledger["pushes"] if push["phone"] == full(number)]

    def receipt(self, number):
        return next((push["receipt"] for push in self.pushes(number) if push["receipt"]), None)

    def ledger(self):
        """Everything that really happened, as text."""
        return send(self.port, "GET", "/simulator/ledger").body

    def debited(self, number):
        return sum(push["debited"] for push in self.pushes(number))

    def post(self, path, body):
        answer = send(self.port, "POST", path, body)
        if answer.status != 200:
            raise Failure(f"the simulator answered {path} with {answer.status} {answer.body}")
        return answer


def full(number):
    """`0712 345 678` as `254712345678`."""
    return "254" + number.replace(" ", "").lstrip("0")


def send(port, method, path, body=None, headers=None):
    headers = dict(headers or {})
    if isinstance(body, dict):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode(body)
    elif body is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.raw = answer.read()
        answer.body = answer.raw.decode("utf-8", "replace")
        return answer
    finally:
        connection.close()
