"""Journeys of people who pay on a provider's own page: Paystack, played on this machine."""

import os
import re
import subprocess
import time

from buying import heading_is
from desk import PASSWORD, number_of
from shop import Shop, free_port, send

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEY = "sk_test_browser_journey_1"


def program():
    return os.path.abspath(os.environ.get("DUKA_PROGRAM") or os.path.join(ROOT, ".build/debug/duka"))


class Paystack:
    """`duka simulate-paystack`, and a shop that uses it."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen([program(), "simulate-paystack", "--port", str(self.port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.shop = Shop(ROOT, before=self.configure)

    def configure(self, folder):
        with open(os.path.join(folder, "duka.env"), "w", encoding="utf-8") as file:
            file.write(f"PAYSTACK_SECRET_KEY={KEY}\nPAYSTACK_BASE_URL=http://127.0.0.1:{self.port}\n")

    def payments(self):
        return send(self.port, "GET", "/simulator").body.count('"reference"')

    def close(self):
        self.shop.close()
        self.process.terminate()


def to_paystack(page, checks, shop, name, email="amina@duka.example", phone="0712 000 301"):
    """Chooses Paystack at the checkout and comes to its page."""
    page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
    checks.contains(f"{name}: the choice", page.text, "How do you want to pay?", "M-PESA", "Paystack")
    page.choose("Paystack")
    page.fill("Your name", "Amina Wanjiru")
    page.fill("Phone number", phone)
    if email:
        page.fill("E-mail", email)
    page.follow("Pay KSh 320")


def until(page, words, seconds=20):
    """Without script a page is loaded again by hand."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and words not in page.heading:
        time.sleep(0.5)
        page.refresh()


def on_a_page(world, checks):
    paystack = Paystack()
    shop = paystack.shop
    world.origins.add(shop.origin)
    world.providers.add(f"http://127.0.0.1:{paystack.port}")
    try:
        for name, phone, wishes in (("page-phone", "0712 000 302", {}),
                                    ("page-plain", "0712 000 303", {"script": False, "cookies": False})):
            with world.browser(name, **wishes) as page:
                to_paystack(page, checks, shop, name, email=None, phone=phone)
                checks.contains(f"{name}: what is missing", page.text, "Paystack does not take a payment without it")
                world.look(page, "page-needs-email")
                page.fill("E-mail", "amina@duka.example")
                page.follow("Pay KSh 320")
                checks.contains(f"{name}: led to Paystack at once", page.text, "Simulated Paystack", "Pay KES 320.00")
                page.shot(world.picture(f"{name}-at-paystack"))
                page.follow("Cancel and go back")
                heading_is(page, "We are asking Paystack")
                world.look(page, "back-unpaid")
                checks.lacks(f"{name}: never failed", page.text.lower(), "failed")
                checks.true(f"{name}: an address without the provider's words", "reference" not in page.address, page.address)
                page.follow("Go on to pay KSh 320 at Paystack")
                checks.contains(f"{name}: the same page", page.text, "Pay KES 320.00")
                page.follow("The bank says no")
                checks.contains(f"{name}: the bank's no stays there", page.text, "Declined")
                page.follow("Pay KES 320.00")
                if name == "page-plain":
                    until(page, "Paid")
                heading_is(page, "Paid", 20)
                checks.contains(f"{name}: whose receipt", page.text, "Paystack code")
                world.look(page, "paid-on-a-page")
        checks.equal("pages that were opened", paystack.payments(), 2)
    finally:
        paystack.close()


def wanders(world, checks):
    """Back button, a closed tab, a second tab, and "I have paid"."""
    paystack = Paystack()
    shop = paystack.shop
    world.origins.add(shop.origin)
    world.providers.add(f"http://127.0.0.1:{paystack.port}")
    try:
        with world.browser("page-wanders") as page:
            to_paystack(page, checks, shop, "wanders")
            there = page.address
            page.back()
            if "/checkout" in page.address and page.has("Pay KSh 320"):
                page.follow("Pay KSh 320")
            checks.equal("the same page again after Back", page.address, there)
            order = next(one["url"] for one in reversed(page.listen()) if re.search(r"/orders/[\w-]{22}/go$", one["url"]))[:-3]
            page.open(order)
            heading_is(page, "Pay on the page of Paystack")
            checks.contains("what the order's page says", page.text, "Go on to pay KSh 320 at Paystack", "is open until", "I have paid")
            world.look(page, "on-page")
            page.follow("I have paid")
            heading_is(page, "We are asking Paystack")
            checks.lacks("not paid, and not failed", page.text, "Paid. Thank you", "failed")
            with world.browser("page-second-tab", script=False) as other:
                other.open(there)
                other.follow("Pay KES 320.00")
            heading_is(page, "Paid", 20)
            checks.true("it turned by itself", page.address == order, page.address)
        checks.equal("pages that were opened", paystack.payments(), 1)
    finally:
        paystack.close()


def back_from_the_desk(world, checks):
    """The owner sends money back that came over Paystack's page."""
    paystack = Paystack()
    shop = paystack.shop
    world.origins.add(shop.origin)
    world.providers.add(f"http://127.0.0.1:{paystack.port}")
    try:
        with world.browser("page-buyer") as page:
            to_paystack(page, checks, shop, "buyer", phone="0712 000 304")
            page.follow("Pay KES 320.00")
            heading_is(page, "Paid", 20)
            number = number_of(world, page)
        with world.browser("page-owner") as page:
            page.open(f"{shop.origin}/admin")
            page.fill("Name", "Njeri")
            page.fill("New password", PASSWORD)
            page.follow("Become the owner")
            page.open(f"{shop.origin}/admin/orders/{number}")
            checks.contains("the order at the desk", page.text, "The order is paid", "The provider gave a page to pay on",
                            "The customer came back from the provider's page")
            page.press("Send money back")
            page.fill("Reason", "Broken cup")
            page.follow("Ask for the refund")
            page.follow("Approve KSh")
            checks.contains("approved", page.text, "is on its way back")
            world.look(page, "desk-refund-over-paystack")
            page.wait("the money is back", "(location.reload(), false) || document.body.innerText.includes('money back')", 60)
            ledger = send(paystack.port, "GET", "/simulator").body
            checks.true("Paystack sent it back, once", ledger.count('"processed"') == 1, ledger)
            page.open(f"{shop.origin}/admin/settings")
            page.follow("Paystack")
            checks.contains("its settings, masked", page.text, "Secret key")
            checks.lacks("never the key", page.text, KEY)
            world.look(page, "desk-way-paystack")
    finally:
        paystack.close()


JOURNEYS = [("on Paystack's page, with and without script", on_a_page), ("on Paystack's page, wandering about", wanders),
            ("on Paystack's page, and the money goes back from the desk", back_from_the_desk)]
