"""Journeys of people who pay without a prompt, in parts, twice, or stand in line."""

from buying import heading_is, order
from checks import wait_until

PRODUCT, PRICE = "kericho-tea", 320


def number_of(page):
    """The order's number as its page writes it."""
    return page.evaluate("document.title.match(/[A-Z0-9]{8}/)[0]")


def cancelled(world, page, phone):
    """An order whose prompt was cancelled; its number."""
    order(page, world.shop, phone)
    heading_is(page, "Look at your phone")
    world.shop.phones.touch(phone, "cancel")
    heading_is(page, "You cancelled on your phone", 12)
    return number_of(page)


def pays_on_the_phone(world, hand, page, phone):
    """Reads the steps from the page and types them into the simulated M-PESA menu of a phone."""
    business, account, amount = page.evaluate("[...document.querySelectorAll('[data-value]')].map(e => e.textContent)")
    hand.open(f"{world.shop.phones.page(phone)}/pay")
    hand.fill("Business number", business)
    hand.fill("Account number", account)
    hand.fill("Amount in KSh", amount)
    hand.fill("M-PESA PIN", "1234")
    hand.follow("Send")


def by_paybill(world, checks):
    for name, phone, wishes in (
        ("phone", "0712 000 140", {}),
        ("plain", "0712 000 141", {"script": False, "cookies": False}),
        ("desk", "0712 000 142", {"width": 1280, "height": 800, "touch": False}),
    ):
        with world.browser(name, **wishes) as page, world.browser("practice-phone", script=False) as hand:
            number = cancelled(world, page, phone)
            checks.true(f"{name}: one touch away", page.has("Pay by paybill") and page.has("I have paid"), page.text)
            page.press("Pay by paybill")
            page.wait("the steps", "one('#by-hand').open")
            checks.contains(f"{name}: the steps", page.text, "Pay exactly KSh 320", "174", number[:4], "turns to Paid by itself")
            copies = page.evaluate("document.querySelectorAll('.copy').length")
            checks.equal(f"{name}: buttons to copy", copies, 0 if name == "plain" else 3)
            checks.equal(f"{name}: what is selected is what is typed", page.evaluate("one('[data-value]').textContent"), "174379")
            if name == "desk":
                page.wait("the picture for a phone", "one('.scan img').naturalWidth > 50", 10)
                page.evaluate("one('#have-paid summary').focus()")
                page.key("Enter")
                page.wait("it opens by keyboard", "one('#have-paid').open")
            else:
                checks.true(f"{name}: no picture on a phone", not any("code.png" in one["url"] for one in page.listen()), "it was fetched")
            world.look(page, "by-paybill")
            page.evaluate("document.isTheSame = true")
            pays_on_the_phone(world, hand, page, phone)
            if name == "plain":
                wait_until("paid", lambda: "Paid. Thank you" in world.shop.send("GET", page.address.replace(world.shop.origin, "")).body, 15)
                page.refresh()
                heading_is(page, "Paid")
            else:
                heading_is(page, "Paid", 20)
                checks.true(f"{name}: by itself", page.evaluate("document.isTheSame"), "another document")
            world.look(page, "paid-by-paybill")
            checks.equal(f"{name}: prompts", len(world.shop.phones.pushes(phone)), 1)


def have_paid(world, checks):
    shop, phone = world.shop, "0712 000 143"
    with world.browser("phone") as page:
        cancelled(world, page, phone)
        code = shop.phones.pay(phone, PRICE, "shoes")
        page.press("I have paid")
        page.fill("M-PESA code from the message", "TKL7 <b>")
        page.follow("Check this code")
        checks.true("a code that cannot be one", page.title.startswith("Error: "), page.title)
        checks.equal("what was typed stays", page.value("M-PESA code from the message"), "TKL7 <b>")
        checks.equal("the focus", page.focus, "errors")
        world.look(page, "code-wrong")
        page.fill("M-PESA code from the message", "qqq7abc12x")
        page.follow("Check this code")
        checks.contains("it is asked about", page.text, "We asked M-PESA about QQQ7ABC12X")
        world.look(page, "code-asked")
        page.press("I have paid")
        page.wait("the form is open", "one('#have-paid').open")
        page.fill("M-PESA code from the message", f" {code[:5].lower()} {code[5:]}")
        page.leave(lambda: page.press("Check this code"))
        heading_is(page, "Paid", 20)
        checks.contains("the code", page.text, code)
        world.look(page, "code-found")


def in_parts(world, checks):
    shop, phone = world.shop, "0712 000 144"
    with world.browser("phone") as page:
        number = cancelled(world, page, phone)
        page.evaluate("document.isTheSame = true")
        shop.phones.pay(phone, 100, number)
        heading_is(page, "Part of the money is here", 12)
        checks.true("by itself", page.evaluate("document.isTheSame"), "another document")
        checks.contains("what is left", page.text, "We received KSh 100", "KSh 220 is left to pay", "Your money")
        page.press("Pay by paybill")
        world.look(page, "part-paid")
        page.follow("Pay KSh 220 with M-PESA")
        heading_is(page, "Look at your phone")
        checks.contains("exactly what is left", page.text, "KSh 220")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid", 12)
        world.look(page, "paid-in-parts")
        page.follow("See the receipt")
        checks.contains("the receipt has both", page.text, "KSh 100", "KSh 220")
        world.look(page, "receipt-in-parts")


def twice(world, checks):
    shop = world.shop
    for name, phone, wishes in (("phone", "0712 000 145", {}), ("desk", "0712 000 146", {"width": 1280, "height": 800, "touch": False})):
        with world.browser(name, **wishes) as page:
            number = cancelled(world, page, phone)
            page.follow("Try again")
            heading_is(page, "Look at your phone")
            shop.phones.touch(phone, "approve", pin="1234")
            heading_is(page, "Paid", 12)
            page.wait("the code", "!!one('.code')", 12)
            shop.phones.pay(phone, PRICE, number)
            wait_until("the second payment", lambda: "You paid twice" in shop.send("GET", page.address.replace(shop.origin, "")).body, 15)
            page.refresh()
            checks.contains(f"{name}: paid twice", page.text, "You paid twice. The shop returns KSh 320. You need do nothing more.", "Your money")
            world.look(page, "paid-twice")


def in_line(world, checks):
    shop, phone = world.shop, "0712 000 147"
    shop.phones.story(phone, "spike-arrest")
    with world.browser("phone") as page:
        order(page, shop, phone)
        heading_is(page, "M-PESA is busy. You are in line")
        checks.contains("the place", page.text, "You are number 1 in line, about", "Nothing has been taken")
        world.look(page, "in-line")
        page.evaluate("document.isTheSame = true")
        heading_is(page, "Paid", 30)
        checks.true("by itself", page.evaluate("document.isTheSame"), "another document")


def still_alive(world, checks):
    """A prompt of which nothing is heard: the button says for how long it may be alive."""
    shop, phone = world.shop, "0712 000 148"
    shop.phones.story(phone, "stuck")
    path = shop.order(shop.checkout_form(phone))
    with world.browser("phone") as page:
        page.open(shop.origin + path)
        heading_is(page, "Look at your phone")
        heading_is(page, "Still checking", 100)
        page.wait("the button counts", "/Try again in \\d+ s/.test(one('[data-seconds]').textContent)")
        first = page.evaluate("+one('[data-seconds]').textContent.match(/\\d+/)[0]")
        page.wait("seconds pass", f"+one('[data-seconds]').textContent.match(/\\d+/)[0] < {first - 1}", 6)
        checks.contains("why", page.text, "A second one now could make you pay twice")
        world.look(page, "still-alive")


def slow_days(world, checks):
    shop = world.shop
    phones = [f"0711 000 {300 + place}" for place in range(60)]
    for phone in phones:
        shop.phones.story(phone, {"outcome": "1037", "decisionMilliseconds": 50})
        shop.order(shop.checkout_form(phone, "baringo-honey"))
    for name, phone, wishes in (("phone", "0712 000 149", {}), ("desk", "0712 000 150", {"width": 1280, "height": 800, "touch": False})):
        with world.browser(name, **wishes) as page:
            page.open(f"{shop.origin}/checkout?c={PRODUCT}:1")
            wait_until("the weather is bad", lambda: "M-PESA is slow" in shop.send("GET", f"/checkout?c={PRODUCT}:1").body, 30)
            page.refresh()
            checks.contains("it is said first", page.text, "M-PESA is slow just now", "of 10 prompts did not get through")
            page.fill("Your name", "Wambui")
            page.fill("M-PESA phone number", phone)
            world.look(page, "slow-checkout")
            page.follow("Order now, and pay KSh 320 by paybill yourself")
            heading_is(page, "This order is not paid yet")
            world.look(page, "slow-order")
            checks.equal("prompts", len(shop.phones.pushes(phone)), 0)
            shop.phones.pay(phone, PRICE, number_of(page))
            heading_is(page, "Paid", 15)


JOURNEYS = [
    ("After a cancelled prompt, pays by paybill on the phone's own menu", by_paybill),
    ("Has paid, and shows the code of M-PESA's message", have_paid),
    ("Pays a part by paybill and the rest by prompt", in_parts),
    ("Pays twice, and reads that nothing need be done", twice),
    ("Stands in line when M-PESA is busy", in_line),
    ("Is told for how long a silent prompt may be alive", still_alive),
    ("On a day when prompts do not arrive, orders first and pays by paybill", slow_days),
]
