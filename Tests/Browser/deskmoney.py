"""Journeys of the owner with the books: a statement, the comparison, balances, payouts, and what providers sent."""

import os
import time

from buying import heading_is, order
from desk import come_in, number_of

HEADER = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Reason Type,Other Party Info,Linked Transaction ID,A/C No."


def statement(world, name, rows):
    """A file as the provider's portal writes it; each row a receipt, what came, what went, why and for which account."""
    # Before the shop began: what others buy in these minutes is not in this file, and would be missed in it.
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 3 * 3600 - 3600))
    lines = [HEADER] + [f"{receipt},{at},,Completed,{came},{went},,{why},254712000170 - ASHA,,{account}" for receipt, came, went, why, account in rows]
    path = os.path.join(world.shop.folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("\r\n".join(lines) + "\r\n")
    return path


def ended(page, what, words):
    """Waits until the page's first line or card shows it, with its own script or with its timed refresh."""
    page.wait(what, f"one('.orow, section.card').innerText.includes({words!r})", 25)


def reads_a_statement(world, checks):
    shop, phone = world.shop, "0712 000 170"
    with world.browser("buyer") as page:
        order(page, shop, phone, "Wambui Njoroge")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid")
        number = number_of(world, page)
        page.wait("the code of M-PESA", "!!one('.code')", 12)
    receipt = shop.phones.receipt(phone)
    amount = shop.phones.pushes(phone)[0]["amount"]
    rows = [(receipt, f"{amount}.00", "", "Pay Bill", number), (receipt, "", "-5.00", "Pay Bill Charge", "")]
    for name, script, width, new in (("owner", True, 360, "UKW1AAAAAA"), ("owner-plain", False, 1280, "UKW2BBBBBB")):
        good = statement(world, f"{name}.csv", rows + [(new, "300.00", "", "Pay Bill", "FOR NOBODY")])
        bad = statement(world, f"{name}-bad.csv", rows + [(new, "three hundred", "", "Pay Bill", "")])
        with world.browser(name, script=script, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.follow("Money")
            page.follow("Statements")
            heading_is(page, "Statements")
            if script:
                world.look(page, "desk-statements-empty")
            page.attach("The file", bad)
            page.follow("Read it")
            ended(page, "it is refused", "Line 4: Paid In is not an amount")
            checks.contains("refused as a whole", page.text, "not read", f"{name}-bad.csv")
            page.open(f"{shop.origin}/admin/statements")
            page.attach("The file", good)
            page.follow("Read it")
            checks.contains("kept", page.text, f"{name}.csv is kept")
            ended(page, "it is read", "1 of them new")
            world.look(page, "desk-statements")
            page.follow(f"M-PESA: statement {name}.csv")
            checks.contains("what came of it", page.text, new, "Find its order", "KSh 300", "they differ", "the provider charged KSh 5")
            world.look(page, "desk-comparison")
            page.open(f"{shop.origin}/admin/statements")
            page.attach("The file", good)
            page.follow("Read it")
            ended(page, "nothing is new", "0 of them new")
            checks.contains("the second time", page.text, "they agree")
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/orders/{number}")
        checks.contains("the charge at the order", page.text, "charge: KSh 5")
        page.open(f"{shop.origin}/admin/money")
        checks.contains("the money waits", page.text, "UKW1AAAAAA", "UKW2BBBBBB")


def compares_with_the_list(world, checks):
    shop = world.shop
    for name, script, width in (("owner", True, 360), ("owner-plain", False, 1280)):
        with world.browser(name, script=script, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.follow("Money")
            page.follow("Reconcile")
            page.fill("From", "")
            page.follow("Compare")
            checks.contains("begun", page.text, "The comparison has begun")
            page.wait("it is compared", "/they agree|they differ/.test(one('.found').innerText)", 25)
            checks.contains("both lists", page.text, "Theirs, not ours", "Ours, not theirs", *["In: theirs"] * (width > 600))
            world.look(page, "desk-reconcile")


def asks_and_pays(world, checks):
    shop = world.shop
    for name, width in (("owner", 360), ("owner-wide", 1280)):
        with world.browser(name, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.follow("Money")
            page.follow("Balances and charges")
            page.follow("Ask for the balances now")
            ended(page, "the balances", "Utility Account")
            checks.contains("charges of the day", page.text, "What the provider took", "KSh 5")
            world.look(page, "desk-balances")
            page.follow("Pay out")
            page.press("Ask for a payment by M-PESA")
            page.fill("Amount in shillings", "50")
            page.fill("M-PESA number", "07")
            page.fill("Reason", "Rider")
            page.follow("Ask for the payment")
            checks.contains("a wrong number", page.text, "is not a Kenyan mobile number")
            checks.equal("the reason stays", page.value("Reason"), "Rider")
            world.look(page, "desk-payout-wrong")
            page.fill("M-PESA number", "0712 000 171")
            page.follow("Ask for the payment")
            checks.contains("asked for", page.text, "KSh 50 to phone", "waits to be approved")
            checks.lacks("the number", page.text, "0712 000 171", "0712000171")
            world.look(page, "desk-payouts")
            page.follow("Approve KSh 50")
            checks.contains("approved", page.text, "is on its way")
            page.follow("Messages")
            checks.contains("messages", page.text, "recorded", "Recorded after")
            page.press("What it looks like")
            checks.lacks("numbers in messages", page.text, "254712000171", "0712000171")
            world.look(page, "desk-messages")
            page.follow("Read it again")
            checks.contains("read again", page.text, "It is read again")
            page.follow("Jobs")
            checks.contains("jobs", page.text, "Lists of the providers", "What waits")
            world.look(page, "desk-jobs")
            page.follow("Figures")
            checks.contains("the lag", page.text, "How soon news is recorded", "messages half were recorded")
            world.look(page, "desk-figures-lag")
    with world.browser("mwenye-duka", languages="sw,en") as page:
        come_in(page, world)
        for path in ("reconcile", "statements", "balances", "payouts", "messages", "jobs", "figures"):
            page.open(f"{shop.origin}/admin/{path}")
            world.look(page, f"desk-{path}-swahili")


JOURNEYS = [
    ("The owner reads a statement, twice, and sees what was new", reads_a_statement),
    ("The owner compares the books with the provider’s list", compares_with_the_list),
    ("The owner asks for balances, pays a rider and looks at messages and jobs", asks_and_pays),
]
