"""Journeys of people whose money comes without a request: a bank transfer, and cash when the goods change hands."""

import os

from buying import heading_is
from checks import wait_until
from desk import PASSWORD
from shop import Shop

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SETTINGS = """DUKA_BANK_NAME=Equity Bank
DUKA_BANK_BRANCH=Moi Avenue
DUKA_BANK_ACCOUNT=0123456789012
DUKA_BANK_ACCOUNT_NAME=MAMA NJERI STORES
DUKA_BANK_COLUMN_AMOUNT=Money In
DUKA_CASH_NOTE=Please have coins.
"""


def configure(folder):
    with open(os.path.join(folder, "duka.env"), "w", encoding="utf-8") as file:
        file.write(SETTINGS)


def order_by(page, shop, way, phone, button="Order now", name="Your name", field="Phone number"):
    page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
    page.choose(way)
    page.fill(name, "Achieng Otieno")
    page.fill(field, phone)
    page.follow(button)
    return page.evaluate("document.body.innerText.match(/(?:Order|Oda) ([0-9A-Z]{8})/)[1]")


def without_requests(world, checks):
    shop = Shop(ROOT, before=configure)
    world.origins.add(shop.origin)
    try:
        with world.browser("offline-owner") as desk:
            desk.open(f"{shop.origin}/admin")
            desk.fill("Name", "Njeri")
            desk.fill("New password", PASSWORD)
            desk.follow("Become the owner")
            with world.browser("cash-phone") as page:
                page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
                world.look(page, "checkout-all-ways")
                number = order_by(page, shop, "Cash on delivery", "0712 000 301")
                heading_is(page, "You pay when you get your order")
                checks.contains("a promise", page.text, "Nothing is paid yet", "Cash on delivery", "320", number, "Please have coins")
                checks.lacks("a promise is no payment", page.text, "Paid. Thank you")
                world.look(page, "promised")
                desk.open(f"{shop.origin}/admin/orders/{number}")
                checks.contains("the desk", desk.text, "not all of it is paid yet", "They may leave unpaid")
                checks.lacks("nothing is handed over as if it were paid", desk.text, "The customer has the goods now")
                desk.press("Money taken with the goods")
                world.look(desk, "desk-cash")
                desk.fill("Amount taken", "400")
                desk.follow("The money is in my hand")
                checks.contains("too much", desk.text, "not above KSh 320")
                desk.fill("Amount taken", "320")
                desk.follow("The money is in my hand")
                checks.contains("taken", desk.text, "KSh 320 taken: the order is paid", "a person’s word", f"{number}-C1", "Njeri")
                world.look(desk, "desk-cash-taken")
                heading_is(page, "Paid", 15)
                page.wait("the code", "!!one('.code')", 10)
                world.look(page, "paid-in-cash")
            with world.browser("bank-plain", script=False, cookies=False, languages="sw-KE,sw") as page:
                number = order_by(page, shop, "Kutuma kwa benki", "0712 000 302", "Agiza sasa", "Jina lako", "Nambari ya simu")
                checks.contains("how to send it", page.text, "Equity Bank, Moi Avenue", "MAMA NJERI STORES", "siku kadhaa")
                checks.contains("what to type", page.evaluate("[...document.querySelectorAll('[data-value]')].map(e => e.dataset.value).join(' ')"), "0123456789012", "320", number)
                checks.lacks("no receipt is asked for", page.text, "Nimelipa")
                world.look(page, "bank-transfer")
                file = os.path.join(shop.folder, "january.csv")
                with open(file, "w", encoding="utf-8") as statement:
                    statement.write(f"Date,Description,Reference,Money In\n05/01/2026,TRF OTIENO {number},FT26005,320.00\n")
                desk.open(f"{shop.origin}/admin/statements")
                desk.evaluate("one('select[name=provider]').value = 'bank'")
                desk.attach("The file", file)
                desk.follow("Read it")
                wait_until("the statement is read", lambda: shop.send("GET", page.address.replace(shop.origin, "") + "/status").body.count('"state":"paid"'), 30, 0.5)
                page.refresh()
                heading_is(page, "Umelipa", 5)
                world.look(page, "paid-by-bank")
    finally:
        shop.close()


JOURNEYS = [("by bank transfer and with cash at hand-over", without_requests)]
