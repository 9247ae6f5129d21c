"""A journey of the owner and another program of theirs: it is told of orders, and checks that they come from the shop."""

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from buying import heading_is, order
from checks import wait_until
from desk import PASSWORD, come_in, number_of


class OtherProgram:
    """A program on this machine that keeps what it is told."""

    def __init__(self):
        self.messages, self.status = [], 204
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                program.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(program.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/in/of-books"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def wait_for(self, kind, count=1):
        """The newest message of a kind, when there are so many of them."""
        def found():
            known = [one for one in self.messages if json.loads(one[1])["type"] == kind]
            return known[-1] if len(known) >= count else None
        return wait_until(f"the other program is told of {kind}", found, 15)


def verifier(root):
    """What the paper for authors shows, as it stands there."""
    with open(os.path.join(root, "docs", "webhooks.md"), encoding="utf-8") as page:
        shown = re.search(r"```python\n(.*?)```", page.read(), re.S)[1]
    names = {}
    exec(shown, names)
    return names["verified"]


def secret_on(page):
    return re.search(r"whsec_[A-Za-z0-9+/=]+", page.text)[0]


def confirm(page):
    """The password, where it was typed too long ago."""
    if page.value("Your password") is not None:
        page.fill("Your password", PASSWORD)


def program_is_told(world, checks):
    shop, verified = world.shop, verifier(world.root)
    for name, script, width, phone in (("owner", True, 360, "0712 000 190"), ("owner-plain", False, 1280, "0712 000 191")):
        with OtherProgram() as books, world.browser(name, script=script, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.open(f"{shop.origin}/admin/settings")
            page.follow("Webhooks to other programs")
            heading_is(page, "Webhooks to other programs")
            checks.contains("nobody yet", page.text, "No program is told yet")
            world.look(page, f"desk-hooks-none-{width}")
            page.fill("Your name for it", "Books")
            page.fill("Its address", "http://books.example/in")
            confirm(page)
            page.follow("Tell one more program")
            checks.equal("the title of a mistake", page.title.split(":")[0], "Error")
            checks.contains("a wrong address", page.text, "It begins with https://")
            checks.equal("the name stays", page.value("Your name for it"), "Books")
            world.look(page, f"desk-hooks-wrong-{width}")
            page.fill("Its address", books.address)
            page.follow("Tell one more program")
            checks.contains("it is told", page.text, "“Books” is told from now on", "Copy this secret now")
            secret = secret_on(page)
            world.look(page, f"desk-hooks-secret-{width}")
            page.follow("Books")
            heading_is(page, "Books")
            checks.lacks("shown once", page.text, "whsec_", "of-books")

            page.follow("Send a test message")
            headers, body = books.wait_for("ping")
            checks.true("the message is the shop's", verified(secret, headers, body), headers)
            checks.true("a changed one is not", not verified(secret, headers, body + b" "), headers)
            with world.browser("buyer") as buyer:
                order(buyer, shop, phone, "Wanjiku Kamau")
                shop.phones.touch(phone, "approve", pin="1234")
                heading_is(buyer, "Paid")
                number = number_of(world, buyer)
            headers, body = books.wait_for("order.paid")
            told = json.loads(body)["data"]["order"]
            checks.equal("the order", [told["number"], told["status"], told["left"]], [number, "paid", 0])
            checks.lacks("nothing of people", body.decode(), "Wanjiku", phone[1:].replace(" ", ""))
            page.open(page.address.split("?")[0])
            checks.contains("the log", page.text, "order.placed", "order.paid", number, "ping", "delivered")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            checks.contains("each try", page.text, "answered 204", '"type":"order.paid"')
            world.look(page, f"desk-hooks-log-{width}")

            books.status = 500
            page.open(page.address)
            page.press("Send again order.paid")
            page.follow("Send again")
            checks.contains("it goes out again", page.text, "on its way again")
            books.wait_for("order.paid", 2)
            books.status = 204
            books.wait_for("order.paid", 3)
            page.open(page.address.split("?")[0])
            page.press("Tries: 3")
            checks.contains("what went wrong", page.text, "answered 500")

            page.press("New secret")
            page.follow("Make a new secret")
            checks.contains("both sign", page.text, "A new secret signs from now on", "also signs until")
            new = secret_on(page)
            world.look(page, f"desk-hooks-renewed-{width}")
            page.follow("Send a test message")
            headers, body = books.wait_for("ping", 2)
            checks.true("with both secrets", verified(secret, headers, body) and verified(new, headers, body), headers)

            page.press("Remove this program")
            page.follow("Remove it")
            checks.contains("it is asked for", page.text, "Tick the box if you want it removed")
            world.look(page, f"desk-hooks-remove-{width}")
            page.choose("Yes, tell it nothing more")
            page.follow("Remove it")
            checks.contains("removed", page.text, "“Books” is told nothing more", "No program is told yet")
    with world.browser("owner-sw", width=320, languages="sw") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/webhooks?lang=sw")
        checks.contains("in Swahili", page.text, "Hakuna programu inayoambiwa bado")
        world.look(page, "desk-hooks-sw")


JOURNEYS = [("Another program is told of orders by webhooks, and knows them from a stranger’s", program_is_told)]
