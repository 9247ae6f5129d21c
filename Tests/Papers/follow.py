"""Follows docs/plugins word by word in an empty folder: runs every command of the console blocks in the order of the
README's table, compares what they print, and does what the papers tell a person to do in a browser.

    follow.py DUKA

`<!-- buy: NAME -->` in a page: somebody buys in the shop that runs and pays by NAME. `<!-- promise: NAME -->`: somebody
orders by NAME, and the owner takes the money at the desk. Of what is the reader's own, only ports are changed.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from person import Lost, Person

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAPERS = os.path.join(ROOT, "docs", "plugins")
PASSWORD, PHONES = "three brown goats", []


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


PORTS = {name: free_port() for name in ("8080", "8081", "9191", "9292")}


def here(text):
    """A paper's text with the ports of this run."""
    return re.sub(r"\b(%s)\b" % "|".join(PORTS), lambda port: PORTS[port[0]], text)


def steps(page):
    """The page's commands with the lines that they print, and what a person does, in order."""
    found, is_inside = [], False
    with open(os.path.join(PAPERS, page), encoding="utf-8") as paper:
        for line in paper.read().splitlines():
            deed = re.fullmatch(r"<!-- (buy|promise): ([a-z-]+) -->", line)
            if line.startswith("```"):
                is_inside = line == "```console"
            elif is_inside and line.startswith("$ "):
                found.append({"command": here(line[2:]), "lines": []})
            elif is_inside and line not in ("…", ""):
                found[-1]["lines"].append(here(line))
            elif deed:
                found.append({"deed": deed[1], "way": deed[2]})
    return found


def pages():
    """The pages in the order of the README's table, which is the order in which they are read."""
    with open(os.path.join(PAPERS, "README.md"), encoding="utf-8") as paper:
        named = re.findall(r"^\| \[[^\]]*\]\(([a-z]+\.md)\)", paper.read(), re.MULTILINE)
    there = sorted(os.listdir(PAPERS))
    if sorted(named + ["README.md"]) != there:
        raise Lost("the table of docs/plugins/README.md names %s; there are %s" % (sorted(named), there))
    return ["README.md"] + named


class Shell:
    """The reader's terminal: one shell for one page; what it began in the background ends with it."""

    def __init__(self, page, folder, environment):
        self.page, self.folder, self.begun = page, folder, 0
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=folder, env=environment, stdin=subprocess.PIPE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, command, lines):
        if command.endswith(" &"):
            return self.begin(command, lines)
        watch = threading.Timer(300, self.close)
        watch.start()
        self.bash.stdin.write("{ %s\n} < /dev/null\necho \"=== ended $?\"\n" % command)
        self.bash.stdin.flush()
        printed = ""
        for line in self.bash.stdout:
            if line.startswith("=== ended "):
                break
            printed += line
        watch.cancel()
        if line.strip() != "=== ended 0":
            raise Lost("%s\n%s%s" % (command, printed, line))
        compare(command, printed, lines)

    def begin(self, command, lines):
        """Runs a command that goes on; it has said what the paper shows when this returns."""
        self.begun += 1
        path = os.path.join(self.folder, "background-%s-%d" % (self.page, self.begun))
        self.bash.stdin.write("{ %s; echo \"=== ended $?\"; } > %s 2>&1 &\n" % (command.removesuffix(" &"), path))
        self.bash.stdin.flush()
        until = time.monotonic() + 60
        while True:
            printed = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
            if all(line in printed for line in lines):
                return
            if "=== ended" in printed or time.monotonic() > until:
                raise Lost("%s does not print %s but:\n%s" % (command, lines, printed))
            time.sleep(0.05)

    def close(self):
        try:
            os.killpg(self.bash.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.bash.wait()


def compare(command, printed, lines):
    rest = printed
    for line in lines:
        before, found, rest = rest.partition(line)
        if not found:
            raise Lost("%s\ndoes not print: %s\nbut:\n%s" % (command, line, printed))


def order(person, way, origin):
    """Orders a packet of tea, each time from another phone; the address of the order's page, or None at the provider's."""
    PHONES.append("0712 000 %03d" % (301 + len(PHONES)))
    person.open(origin + "/checkout?c=kericho-tea:1")
    person.press(("Pay", "Order now"), name="Achieng Otieno", phone=PHONES[-1], provider=way, delivery="pickup")
    return order_page(person, origin) if person.address.startswith(origin) else None


def state(page):
    news = Person()
    news.open(page + "/status")
    return json.loads(news.page)["state"]


def wait_until_paid(page):
    until = time.monotonic() + 30
    while state(page) != "paid":
        if time.monotonic() > until:
            raise Lost("%s is not paid: %s" % (page, state(page)))
        time.sleep(0.2)


def order_page(person, origin):
    found = re.match(re.escape(origin) + r"/orders/[^/?]+", person.address)
    if found is None:
        raise Lost("%s is no order's page: %s" % (person.address, person.text[:1500]))
    return found[0]


def buy(way, origin):
    person = Person()
    page = order(person, way, origin)
    if page and "Go on to pay" in person.text:
        person.open(page + "/go")
    if not person.address.startswith(origin):
        person.reads("KSh 320")
        person.press("Pay")
        page = order_page(person, origin)
    wait_until_paid(page)
    person.open(page)
    person.reads("Paid. Thank you")


def promise(way, origin):
    person, owner = Person(), Person()
    page = order(person, way, origin)
    person.reads("You pay when you get your order", "Nothing is paid yet")
    number = re.search(r"Order (?:number )?([0-9A-Z]{8})", person.text)[1]
    owner.open(origin + "/admin")
    if "Become the owner" in owner.text:
        owner.press("Become the owner", name="Njeri", new_password=PASSWORD)
    else:
        owner.press("Sign in", name="njeri", password=PASSWORD)
    owner.open("%s/admin/orders/%s" % (origin, number))
    owner.press("The money is in my hand", amount="320")
    wait_until_paid(page)
    person.open(page)
    person.reads("Paid. Thank you")


def main(duka):
    origin = "http://127.0.0.1:" + PORTS["8080"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DUKA_", "MPESA_"))} | {
        "PATH": os.path.dirname(duka) + ":" + os.environ["PATH"], "REPOSITORY": ROOT,
        "DUKA_LISTEN": origin.removeprefix("http://"), "DUKA_SIMULATOR_PORT": PORTS["8081"]}
    with tempfile.TemporaryDirectory(prefix="duka-papers-") as folder:
        for page in pages():
            shell, began = Shell(page, folder, environment), time.monotonic()
            try:
                for step in steps(page):
                    if "command" in step:
                        shell.run(step["command"], step["lines"])
                    else:
                        {"buy": buy, "promise": promise}[step["deed"]](step["way"], origin)
            except Lost as lost:
                notes = [name for name in sorted(os.listdir(folder)) if name.startswith("background-" + page)]
                shown = "".join(open(os.path.join(folder, name)).read()[-2000:] for name in notes)
                raise SystemExit("docs/plugins/%s: %s\n%s" % (page, lost, shown))
            finally:
                shell.close()
            print("%s: %d steps, %.0f seconds" % (page, len(steps(page)), time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
