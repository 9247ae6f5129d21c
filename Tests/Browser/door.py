"""Journeys of people who pay at the door, and of the riders who bring what they bought."""

from buying import heading_is
from checks import wait_until
from desk import PASSWORD, sign_in
from offline import ROOT, configure
from shop import Shop


def promise(page, shop, phone):
    """Orders for cash, to be brought; the order's number."""
    page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
    page.choose("Cash on delivery")
    page.choose("Rider within Nairobi")
    page.fill("Delivery place", "Umoja 2, house 14")
    page.fill("Your name", "Achieng Otieno")
    page.fill("Phone number", phone)
    page.follow("Order now")
    heading_is(page, "You pay when you get your order")
    return page.evaluate("document.body.innerText.match(/Order ([0-9A-Z]{8})/)[1]")


def give(world, desk, shop, number, rider, look=None):
    """The desk gives an order to a rider; the rider's link."""
    desk.open(f"{shop.origin}/admin/orders/{number}")
    desk.press("Give to a rider")
    desk.fill("The rider’s name", rider)
    if look:
        world.look(desk, f"{look}-form")
    desk.follow("Make the rider’s link")
    if look:
        world.look(desk, look)
    return desk.evaluate("one('a[href*=\"/rider/\"]').href")


def code_of(page):
    """The code as the customer's page shows it."""
    page.wait("the code for the rider", "!!one('.facts .code') && document.body.innerText.includes('Your code for the rider')", 12)
    return page.evaluate("[...document.querySelectorAll('.facts .code')].map(e => e.textContent).find(t => /^[0-9]{5}$/.test(t))")


def wrong(code):
    return "".join(str((int(digit) + 1) % 10) for digit in code)


def by_prompt(world, checks, shop, desk):
    for name, phone, wishes in (("rider", "0712 000 311", {}), ("rider-plain", "0712 000 312", {"script": False, "cookies": False})):
        with world.browser(f"{name}-buyer") as page, world.browser(name, **wishes) as rider:
            number = promise(page, shop, phone)
            link = give(world, desk, shop, number, "Brian Mwangi", "desk-rider")
            checks.contains("the desk", desk.text, "On its way", "Rider 1: Brian Mwangi", "The link works until", "takes the money at the door")
            page.wait("the customer hears of it", "document.body.innerText.includes('on its way to you')", 12)
            world.look(page, "on-its-way")
            rider.open(link)
            heading_is(rider, "Still to take: KSh")
            checks.contains("what a rider needs", rider.text, number, "Kericho", "Achieng", "Umoja 2, house 14", f"ends in {phone[-3:]}")
            checks.lacks("and nothing else", rider.text, "Otieno", phone, "Brian")
            world.look(rider, "take")
            rider.fill("Another number", "12345")
            rider.follow("Send the prompt")
            checks.equal("a wrong number: the focus", rider.focus, "errors")
            checks.equal("what was typed stays", rider.value("Another number"), "12345")
            world.look(rider, "wrong-number")
            rider.fill("Another number", "")
            rider.follow("Send the prompt")
            heading_is(rider, "The customer’s phone is asked for KSh")
            checks.true("no cash meanwhile", not rider.has("The money is in my hand"), rider.text)
            world.look(rider, "waiting")
            shop.phones.touch(phone, "approve", pin="1234")
            if name == "rider-plain":
                wait_until("paid", lambda: '"state":"paid"' in shop.send("GET", f"{link.replace(shop.origin, '')}/status").body, 15)
                rider.refresh()
            heading_is(rider, "Paid", 20)
            heading_is(page, "Paid", 20)
            code = code_of(page)
            world.look(page, "paid-with-code")
            world.look(rider, "paid")
            rider.fill("Code, 5 digits", wrong(code))
            rider.follow("Handed over")
            checks.contains("a wrong code", rider.text, "not the customer’s code", "Tries left: 4")
            world.look(rider, "wrong-code")
            rider.fill("Code, 5 digits", code)
            rider.key("Enter") if name == "rider-plain" else None
            if name == "rider":
                rider.follow("Handed over")
            heading_is(rider, "Handed over", 10)
            checks.lacks("nothing of the customer stays", rider.text, "Achieng", "Umoja")
            world.look(rider, "done")
            page.refresh()
            checks.contains("the customer", page.text, "Your order was handed over")
            desk.refresh()
            checks.contains("the history", desk.text, "handed over for the customer's code by", "rider 1", "Taken by Brian Mwangi")
            checks.equal("prompts", len(shop.phones.pushes(phone)), 1)


def by_cash(world, checks, shop, desk):
    with world.browser("cash-buyer") as page, world.browser("mwendeshaji", languages="sw-KE,sw") as rider:
        number = promise(page, shop, "0712 000 313")
        rider.open(give(world, desk, shop, number, "Kamau"))
        heading_is(rider, "Bado kupokea: KSh")
        world.look(rider, "take-sw")
        rider.fill("Kiasi kilichopokelewa", "9000")
        rider.follow("Pesa ziko mkononi mwangu")
        checks.contains("too much", rider.text, "kisichozidi KSh")
        world.look(rider, "too-much-sw")
        left = rider.evaluate("one('input[name=left]').value")
        rider.fill("Kiasi kilichopokelewa", left)
        rider.follow("Pesa ziko mkononi mwangu")
        heading_is(rider, "Imelipwa")
        world.look(rider, "paid-sw")
        heading_is(page, "Paid", 15)
        code_of(page)
        desk.open(f"{shop.origin}/admin/orders/{number}")
        desk.press("Take the rider’s link back")
        desk.follow("Take the link back")
        checks.contains("taken back", desk.text, "link works no more")
        rider.refresh()
        heading_is(rider, "Kiungo hiki hakifanyi kazi tena")
        world.look(rider, "ended-sw")
        code = code_of(page)
        give(world, desk, shop, number, "Otieno")
        page.refresh()
        checks.contains("another rider, another code", page.text, "This code is new")
        checks.true("the code of before is gone", code_of(page) != code, code)
        world.look(page, "new-code")
        desk.press("Hand over")
        world.look(desk, "desk-hand-over")
        desk.follow("Handed over")
        checks.contains("the desk closes it", desk.text, "Handed over.")


def unpaid(world, checks, shop, desk):
    with world.browser("trusted-buyer") as page:
        number = promise(page, shop, "0712 000 314")
        desk.open(f"{shop.origin}/admin/orders/{number}")
        desk.press("Hand over unpaid")
        world.look(desk, "desk-unpaid")
        desk.fill("Reason", "pays on Friday")
        desk.follow("Handed over unpaid")
        checks.contains("handed over", desk.text, "Your name and your reason stand beside it", "njeri: pays on Friday")
        given_up(world, checks, shop, desk, page, number)


def given_up(world, checks, shop, desk, page, number):
    """Nobody will pay: the owner writes it off, on a browser without script, and takes it back."""
    with world.browser("write-off-plain", script=False) as owner:
        sign_in(owner, shop)
        owner.open(f"{shop.origin}/admin/orders/{number}")
        owner.press("Write off what is owed")
        world.look(owner, "form")
        owner.fill("Reason", "my number is 0712000314")
        owner.follow("Write it off")
        checks.contains("no numbers in a reason", owner.text, "phone number")
        checks.lacks("and nothing is written off", owner.text, "KSh 520 written off")
        world.look(owner, "wrong")
        owner.fill("Reason", "moved away")
        owner.follow("Write it off")
        checks.contains("written off", owner.text, "KSh 520 written off. Your name and your reason", "Nothing is to be done", "njeri: 520.00, moved away")
        world.look(owner, "done")
        owner.open(f"{shop.origin}/admin/figures")
        checks.contains("apart from what came", owner.text, "written off: KSh 520")
        owner.press("As a table")
        world.look(owner, "figures")
        page.refresh()
        checks.contains("the customer may still pay", page.text, "You have your order. It is not paid yet.")
        checks.lacks("and reads nothing of it", page.text, "ritten off")
        world.look(page, "customer")
        owner.open(f"{shop.origin}/admin/orders/{number}?lang=sw")
        world.look(owner, "done-sw")
        owner.open(f"{shop.origin}/admin/orders/{number}?lang=en")
        owner.press("Take the write-off back")
        owner.fill("Reason", "is back in town")
        world.look(owner, "undo-form")
        owner.follow("It is owed again")
        checks.contains("owed again", owner.text, "The money is owed again", "Write off what is owed")


def deposit(world, checks, shop, desk):
    """The owner asks for a part before the goods leave; set last, for it counts for every order after it."""
    desk.open(f"{shop.origin}/admin/settings")
    desk.fill("Deposit, in percent", "30")
    desk.follow("Save")
    checks.contains("it is kept", desk.text, "Deposit, in percent")
    for name, phone, wishes in (("deposit", "0712 000 315", {}), ("deposit-plain", "0712 000 316", {"script": False, "cookies": False})):
        with world.browser(name, **wishes) as page:
            page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
            page.choose("Cash on delivery")
            checks.contains("what is asked", page.text, "30 % is paid first, on your phone")
            world.look(page, "checkout")
            page.fill("Your name", "Achieng Otieno")
            page.fill("Phone number", phone)
            page.follow("Order now")
            heading_is(page, "Look at your phone", 12)
            checks.contains("the deposit alone", page.text, "KSh 96")
            shop.phones.touch(phone, "approve", pin="1234")
            heading_is(page, "You pay when you get your order", 15)
            checks.contains("what is here, and what is not", page.text, "We received KSh 96. It is safe. You pay the rest, KSh 224")
            world.look(page, "paid")
            number = page.evaluate("document.body.innerText.match(/Order ([0-9A-Z]{8})/)[1]")
            desk.open(f"{shop.origin}/admin/orders/{number}")
            checks.contains("the desk", desk.text, "Deposit", "KSh 96", "KSh 224", "They may leave unpaid")
            world.look(desk, f"desk-{name}")


def at_the_door(world, checks):
    shop = Shop(ROOT, before=configure)
    world.origins.add(shop.origin)
    world.providers.add(shop.phones.origin)
    try:
        with world.browser("door-owner") as desk:
            desk.open(f"{shop.origin}/admin")
            desk.fill("Name", "Njeri")
            desk.fill("New password", PASSWORD)
            desk.follow("Become the owner")
            by_prompt(world, checks, shop, desk)
            by_cash(world, checks, shop, desk)
            unpaid(world, checks, shop, desk)
            deposit(world, checks, shop, desk)
        checks.lacks("no link in the log", shop.log(), "/rider/")
    finally:
        shop.close()


JOURNEYS = [("A rider takes the money at the door, by prompt and in cash", at_the_door)]
