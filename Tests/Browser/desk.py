"""Journeys of the people who run the shop: getting in, finding an order, sending money back, and not twice."""

import base64
import hashlib
import hmac
import struct
import time

from buying import heading_is, order

PASSWORD = "three brown goats"
SECOND = "seven small boats"


def one_time_code(key, moves=0):
    """RFC 6238, as an authenticator app does it; `moves` steps of 30 seconds ahead."""
    secret = base64.b32decode(key + "=" * (-len(key) % 8))
    digest = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30 + moves), hashlib.sha1).digest()
    start = digest[19] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7fffffff) % 1000000:06}"


def sign_in(page, shop, name="njeri", password=PASSWORD):
    page.open(f"{shop.origin}/admin")
    page.fill("Name", name)
    page.fill("Password", password)
    page.follow("Sign in")
    page.wait("signed in", "!location.pathname.endsWith('/sign-in')", 15)


def come_in(page, world):
    """The owner, signed in: with the password only where no session of before is good, for a name may be tried ten times
    in a quarter of an hour, and where it was typed minutes ago, for money and rights want it fresh."""
    known, since = getattr(world, "desk_session", None), getattr(world, "desk_since", 0)
    if known and time.monotonic() - since < 300:
        page.cdp("Network.setCookie", url=world.shop.origin, **known)
        page.open(f"{world.shop.origin}/admin")
        if not page.evaluate("location.pathname.endsWith('/sign-in')"):
            return
    sign_in(page, world.shop)
    world.desk_since = time.monotonic()
    found = [one for one in page.cdp("Network.getCookies", urls=[world.shop.origin])["cookies"] if one["name"].endswith("duka_staff")]
    world.desk_session = {"name": found[0]["name"], "value": found[0]["value"], "httpOnly": True, "sameSite": "Strict", "path": "/"}


def number_of(world, page):
    """The number of the order whose page is shown."""
    return page.evaluate("document.body.innerText.match(/Order (?:number )?([0-9A-Z]{8})/)[1]")


def owner_begins(world, checks):
    shop = world.shop
    with world.browser("owner") as page:
        page.open(f"{shop.origin}/admin")
        heading_is(page, "Open your shop’s desk")
        world.look(page, "desk-first")
        page.fill("Name", "Njeri")
        page.fill("New password", "password123")
        page.follow("Become the owner")
        checks.contains("a common password", page.text, "on every thief’s list")
        checks.equal("the title of a mistake", page.title.split(":")[0], "Error")
        world.look(page, "desk-first-wrong")
        page.fill("Name", "Njeri")
        page.fill("New password", PASSWORD)
        page.follow("Become the owner")
        heading_is(page, "What needs you")
        checks.contains("an empty desk", page.text, "Nothing waits for you", "njeri")
        world.look(page, "desk-empty")
        page.follow("Sign out")
        heading_is(page, "Sign in")
        world.look(page, "desk-sign-in")
        page.fill("Name", "njeri")
        page.fill("Password", "three brown boats")
        page.follow("Sign in")
        checks.contains("a wrong password", page.text, "do not fit together")
        checks.equal("the name stays", page.value("Name"), "njeri")
        page.fill("Password", PASSWORD)
        page.follow("Sign in")
        heading_is(page, "What needs you")
        page.open(f"{shop.origin}/admin/sign-in")
        checks.lacks("somebody owns it now", page.text, "Become the owner")


def finds_and_refunds(world, checks):
    shop, phone = world.shop, "0712 000 160"
    with world.browser("buyer") as page:
        order(page, shop, phone, "Wanjiku Kamau")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid")
        number = number_of(world, page)
        page.wait("the code of M-PESA", "!!one('.code')", 12)
    receipt = shop.phones.receipt(phone)
    for name, script, width in (("owner", True, 360), ("owner-plain", False, 1280)):
        with world.browser(name, script=script, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.follow("Orders")
            checks.contains("the list", page.text, number, "Wanjiku Kamau", "KSh", "paid")
            world.look(page, "desk-orders")
            for sought in (number, phone, receipt):
                page.open(f"{shop.origin}/admin/orders")
                page.fill("Find", sought)
                page.follow("Show")
                heading_is(page, f"Order {number}")
            checks.contains("the order", page.text, "The order is paid", receipt, "message about the prompt", "Wanjiku Kamau", phone)
            world.look(page, "desk-order")
            page.open(f"{shop.origin}/admin/orders?q=nothing-like-it")
            checks.contains("nothing found", page.text, "Nothing found")
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/orders/{number}")
        page.press("Hand over")
        page.follow("Handed over")
        checks.contains("handed over", page.text, "Handed over.", "The goods were handed over by: njeri")
        page.press("Leave a note")
        page.fill("Note", "call 0712345678")
        page.follow("Keep the note")
        checks.contains("a note with a number", page.text, "Leave phone numbers out")
        page.press("Send money back")
        page.fill("Reason", "Broken cup")
        page.follow("Ask for the refund")
        checks.contains("asked for", page.text, "waits to be approved", "Decide")
        ticket = page.evaluate("document.body.innerText.match(/waits to be approved \\((\\w+)\\)/)[1]")
        world.look(page, "desk-refund")
        page.follow("Approve KSh")
        checks.contains("approved", page.text, "is on its way back")
        page.wait("the money is back", "(location.reload(), false) || document.body.innerText.includes('money back')", 20)
        world.look(page, "desk-refunded")
        page.follow("Figures")
        checks.contains("the figures", page.text, "Money received per day", "Orders placed", "prompts were paid", "gone back")
        world.look(page, "desk-figures")
        page.follow("Money")
        checks.lacks("refunds that are not ended", page.text, ticket)
        page.fill("Receipt", receipt)
        page.follow("Check it")
        checks.contains("a real receipt", page.text, f"{receipt} is real")
        world.look(page, "desk-money")


def money_without_an_order(world, checks):
    shop, phone = world.shop, "0712 000 161"
    with world.browser("buyer") as page:
        order(page, shop, phone, "Achieng Odhiambo")
        shop.phones.touch(phone, "cancel")
        heading_is(page, "You cancelled")
        number = number_of(world, page)
    amount = shop.phones.pushes(phone)[0]["amount"]
    receipt = shop.phones.pay("0712 000 162", amount, "FOR ACHIENG")
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/money")
        page.wait("the money waits", f"(document.body.innerText.includes('{receipt}')) || (location.reload(), false)", 15)
        world.look(page, "desk-unmatched")
        page.follow(f"Give to {number}")
        checks.contains("given", page.text, f"{receipt} belongs to order {number}")
        page.open(f"{shop.origin}/admin/orders/{number}")
        checks.contains("its order", page.text, "The order is paid", "a person’s word", "It was assigned by: njeri")


def second_person_and_codes(world, checks):
    shop = world.shop
    with world.browser("owner") as page:
        sign_in(page, shop)
        page.follow("Staff")
        page.fill("Name", "amina")
        page.choose("Fulfilment")
        page.follow("Make the link")
        checks.contains("the link", page.text, "Pass this link on", "amina", "invited")
        link = page.evaluate("one('.link').textContent")
        world.look(page, "desk-staff")
        page.refresh()
        checks.equal("the link after a refresh", page.evaluate("one('.link').textContent"), link)
        with world.browser("amina") as other:
            other.open(link)
            heading_is(other, "Welcome")
            world.look(other, "desk-welcome")
            other.fill("New password", SECOND)
            other.follow("Set password")
            heading_is(other, "What needs you")
            checks.true("no staff page for her", not other.has("Staff"), other.text)
            other.open(f"{shop.origin}/admin/staff")
            heading_is(other, "This is not yours to do")
            world.look(other, "desk-no-right")
            other.open(link)
            checks.contains("a used link", other.text, "used already")
            other.open(f"{shop.origin}/admin/me")
            other.follow("Turn them on")
            key = other.evaluate("one('.typed .code').textContent.replace(/ /g, '')")
            world.look(other, "desk-codes-begin")
            other.fill("One-time code", "000000")
            other.follow("Turn on")
            checks.contains("a wrong code", other.text, "That code is not right")
            other.fill("One-time code", one_time_code(key))
            other.follow("Turn on")
            checks.contains("codes are on", other.text, "One-time codes are on", "Keep these codes")
            recovery = other.evaluate("one('.codes li').textContent")
            world.look(other, "desk-codes-on")
            other.follow("Sign out")
            sign_in(other, shop, "amina", SECOND)
            heading_is(other, "One more step")
            world.look(other, "desk-code")
            other.open(f"{shop.origin}/admin/orders")
            heading_is(other, "Sign in")
            sign_in(other, shop, "amina", SECOND)
            other.fill("One-time code", one_time_code(key, 1))
            other.follow("Sign in")
            heading_is(other, "What needs you")
            other.follow("Sign out")
            sign_in(other, shop, "amina", SECOND)
            other.fill("One-time code", recovery)
            other.follow("Sign in")
            heading_is(other, "What needs you")
            page.open(f"{shop.origin}/admin/staff")
            page.press("Change amina")
            page.follow("Sign out for good")
            checks.contains("she is out", page.text, "amina cannot sign in any more")
            other.open(f"{shop.origin}/admin/orders")
            heading_is(other, "Sign in")
        page.follow("Trail")
        checks.contains("the trail", page.text, "disabled amina", "codes on", "signed in", "invited amina")
        world.look(page, "desk-trail")


def goods(world, checks):
    shop = world.shop
    with world.browser("owner") as page:
        come_in(page, world)
        page.follow("Goods")
        checks.contains("the goods", page.text, "Maasai shuka", "in stock", "Delivery", "Rider within Nairobi")
        world.look(page, "desk-goods")
        page.follow("Add a product")
        page.fill("Name in English", "Lamu door key")
        page.fill("Price in shillings", "lots")
        page.fill("Pieces that can be sold", "4")
        page.follow("Save")
        checks.contains("a wrong price", page.text, "Type a price")
        checks.equal("the name stays", page.value("Name in English"), "Lamu door key")
        world.look(page, "desk-goods-wrong")
        page.fill("Price in shillings", "350")
        page.follow("Save")
        checks.contains("saved", page.text, "Lamu door key is saved")
        world.look(page, "desk-goods-form")
        page.follow("See it in the shop")
        checks.contains("in the shop", page.text, "Lamu door key", "KSh 350")
        world.look(page, "product-without-photo")
        page.open(f"{shop.origin}/admin/goods")
        page.follow("Lamu door key")
        page.choose("Hide it from")
        page.follow("Save")
        page.open(f"{shop.origin}/products/lamu-door-key")
        page.wait("the product is gone", "!one('h1').textContent.includes('Lamu') || (location.reload(), false)", 5)


def sets_up(world, checks):
    """From the desk's first page to the first shilling, with script at 360 px and without at 1280."""
    shop = world.shop
    with world.browser("owner") as page:
        come_in(page, world)
        checks.contains("the desk of a shop that is not set up", page.text, "not set up yet")
        page.follow("Next: ")
        heading_is(page, "Set up the shop")
        world.look(page, "desk-setup")
        page.follow("Enter the settings")
        heading_is(page, "M-PESA")
        world.look(page, "desk-way")
        page.fill("Consumer key", "somebody-elses")
        page.fill("Consumer secret", "typed-and-secret")
        page.evaluate("one('[name=secret_consumer_secret]').dispatchEvent(new Event('change', {bubbles: true}))")
        page.wait("what was typed is tried", "one('.tried').classList.contains('bad')", 10)
        world.look(page, "desk-way-tried")
        page.fill("Consumer key", "simulator-key")
        page.fill("Consumer secret", "simulator-secret")
        page.evaluate("one('[name=secret_consumer_secret]').dispatchEvent(new Event('change', {bubbles: true}))")
        page.wait("what was typed is right", "one('.tried').classList.contains('good')", 10)
        page.fill("Till number", "5")
        page.follow("Save and try")
        checks.contains("a till that is none", page.text, "Till number should have 5 to 7 characters")
        checks.equal("the till stays", page.value("Till number"), "5")
        world.look(page, "desk-way-wrong")
        page.open(f"{shop.origin}/admin/ways/mpesa")
        page.fill("Consumer key", "simulator-key")
        page.fill("Consumer secret", "simulator-secret")
        page.follow("Save and try")
        checks.contains("saved", page.text, "the provider accepts it", "****cret")
        checks.lacks("the page's source", page.evaluate("document.documentElement.outerHTML"), "simulator-secret", "typed-and-secret")
        world.look(page, "desk-way-saved")
        page.fill("Your own phone", "0712 000 165")
        page.follow("Ask my phone for")
        checks.contains("the first shilling", page.text, "look at your phone", "KSh 1")
        shop.phones.touch("0712 000 165", "approve", pin="1234")
        page.wait("it is paid", "(location.reload(), false) || document.body.innerText.includes('The order is paid')", 20)
    with world.browser("owner-plain", script=False, width=1280, height=800, touch=False) as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/setup")
        page.follow("Try it now")
        checks.contains("the way around", page.text, "reach this shop")
        page.open(f"{shop.origin}/admin/ways/mpesa")
        page.follow("Tell the provider")
        page.open(f"{shop.origin}/admin/setup")
        checks.contains("all is done", page.text, "people can buy", "9 of 9" if "one-time" in page.text else "8 of 8")
        world.look(page, "desk-setup-done")
        page.follow("Settings")
        page.fill("Minutes until", "5")
        page.fill("Payment requests", "6")
        page.follow("Save")
        checks.contains("too few minutes", page.text, "from 20 to 4320", "Whoever runs the server has set it (DUKA_CONTACT)")
        checks.equal("the number stays", page.value("Payment requests"), "6")
        world.look(page, "desk-settings-wrong")
        page.open(f"{shop.origin}/admin/settings")
        page.fill("Payment requests", "6")
        page.follow("Save")
        checks.contains("saved", page.text, "Saved: Payment requests for one order.")
        world.look(page, "desk-settings")


def in_swahili(world, checks):
    with world.browser("mwenye-duka", languages="sw,en") as page:
        page.open(f"{world.shop.origin}/admin")
        page.fill("Jina", "njeri")
        page.fill("Nenosiri", PASSWORD)
        page.follow("Ingia")
        heading_is(page, "Yanayokusubiri")
        world.look(page, "desk-swahili")
        page.follow("Maagizo")
        world.look(page, "desk-orders-swahili")
        page.open(f"{world.shop.origin}/admin/ways/mpesa")
        world.look(page, "desk-way-swahili")
        page.open(f"{world.shop.origin}/admin/setup")
        heading_is(page, "Panga duka")
        world.look(page, "desk-setup-swahili")


# Before anybody has bought anything.
FIRST = [
    ("The owner opens the desk of a new shop", owner_begins),
    ("The owner sets up the desk: a way to pay, the first shilling, settings", sets_up),
]

JOURNEYS = [
    ("The owner finds an order, hands over and sends money back", finds_and_refunds),
    ("Money without an order is given to its order", money_without_an_order),
    ("A second person comes in with a link, with one-time codes, and goes", second_person_and_codes),
    ("The owner adds a product and takes it off the pages", goods),
    ("The desk in Swahili", in_swahili),
]
