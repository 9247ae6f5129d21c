"""Journeys of people who buy: with and without script, by keyboard, in two languages, with a phone that says no."""

from concurrent.futures import ThreadPoolExecutor

from checks import Failure, wait_until

OFFLINE = "You are offline. Your payment is not affected."


def heading_is(browser, start, seconds=15):
    """Waits until the page's headline begins like this."""
    return browser.wait(f"the headline “{start}”", f"one('h1') && one('h1').textContent.startsWith({start!r}) && one('h1').textContent", seconds)


def to_checkout(browser, shop, product="kericho-tea"):
    """The short way to the checkout page: its link, with one of this product."""
    browser.open(f"{shop.origin}/checkout?c={product}:1")


def order(browser, shop, phone, name="Amina Wanjiru", product="kericho-tea"):
    """Orders, and comes to the order's page."""
    to_checkout(browser, shop, product)
    browser.fill("Your name", name)
    browser.fill("M-PESA phone number", phone)
    browser.follow("Pay KSh")


def paid_page(world, checks, browser, phone, amount):
    """What must stand on the page of a paid order; a query that is faster than the callback knows no code yet."""
    code = world.shop.phones.receipt(phone)
    browser.wait("the code of M-PESA", f"one('.code') && one('.code').textContent === '{code}'", 12)
    checks.contains("the paid page", browser.text, "Order", amount, "See the receipt", "Save the link")
    checks.equal("prompts on the phone", len(world.shop.phones.pushes(phone)), 1)
    return code


def with_script(world, checks):
    shop, phone = world.shop, "0712 000 101"
    with world.browser("phone") as page:
        page.open(f"{shop.origin}/")
        world.look(page, "catalogue")
        page.follow("Maasai shuka")
        world.look(page, "product")
        checks.contains("the product", page.text, "KSh 1,200", "Includes VAT 16%")
        page.follow("Add to cart")
        world.look(page, "cart")
        page.press("One more: Maasai shuka")
        page.wait("two of them", "one('.number').textContent === '2'")
        page.leave(lambda: page.press("One less: Maasai shuka"))
        page.follow("Go to checkout")
        world.look(page, "checkout")
        checks.equal("cookies carry the cart: the address", page.address, f"{shop.origin}/checkout")
        checks.contains("before the number is asked", page.text, "Total to pay KSh 1,200", "Includes VAT KSh 165.52")
        page.choose("Rider within Nairobi")
        page.wait("the total follows the delivery", "one('.go').textContent === 'Pay KSh 1,400 with M-PESA'")
        checks.contains("the new total", page.text, "Total to pay KSh 1,400")
        page.fill("Delivery place", "Umoja 2, house 14")
        page.fill("Your name", "Amina Wanjiru")
        page.fill("M-PESA phone number", f" +254 (0){phone[1:]} ")
        page.follow("Pay KSh 1,400 with M-PESA")
        heading_is(page, "Look at your phone")
        world.look(page, "waiting")
        checks.contains("the waiting page", page.text, "ending 101", "KSh 1,400", "MAMA NJERI", "until", "Nothing appeared?", "PIN on your phone only")
        checks.lacks("the waiting page", page.text, "failed")
        checks.equal("a quiet region for news", page.evaluate("one('#announce').getAttribute('role')"), "status")
        page.evaluate("document.isTheSame = true")
        page.evaluate("document.announcements = 0, new MutationObserver(() => document.announcements++).observe(one('#announce'), { childList: true })")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid", 5)
        checks.true("the page changed by itself, without loading again", page.evaluate("document.isTheSame"), "another document")
        checks.true("it heard by an event stream", any(one["type"] == "EventSource" for one in page.listen()), "none")
        page.wait("the code of M-PESA", "!!one('.code')", 5)
        checks.equal("times that it is announced", page.evaluate("document.announcements"), 1)
        checks.contains("it is announced", page.evaluate("one('#announce').textContent"), "Paid")
        world.look(page, "paid")
        code = paid_page(world, checks, page, phone, "KSh 1,400")
        checks.equal("money that moved", shop.phones.debited(phone), 1400)
        page.follow("See the receipt")
        world.look(page, "receipt")
        checks.contains("the receipt", page.text, code or "a code", "Maasai shuka", "KSh 1,400", "16%", "KSh 1,206.89", "KSh 193.11", "2547", "Practice mode")
        checks.lacks("the receipt hides the number", page.text, "712000101", "0712 000 101")
        page.follow("Back to the order")
        heading_is(page, "Paid")


def without_script(world, checks):
    shop, phone = world.shop, "0712 000 102"
    with world.browser("plain", script=False, cookies=False) as page, world.browser("practice-phone", script=False) as hand:
        page.open(f"{shop.origin}/")
        world.look(page, "catalogue")
        page.follow("Kericho loose tea")
        page.follow("Add to cart")
        world.look(page, "cart")
        page.follow("Keep shopping")
        page.follow("Baringo honey")
        page.follow("Add to cart")
        checks.contains("two things in a cart without cookies", page.text, "Kericho loose tea", "Baringo honey", "KSh 970")
        page.follow("Go to checkout")
        world.look(page, "checkout")
        page.choose("Parcel to another town")
        page.fill("Delivery place", "Kisumu, stage")
        page.fill("Your name", "Otieno")
        page.fill("M-PESA phone number", phone)
        page.follow("Pay KSh")
        checks.contains("a total that was not seen is not charged", page.text, "The total is now KSh 1,420", "Nothing was charged")
        checks.equal("prompts before the total was seen", len(shop.phones.pushes(phone)), 0)
        world.look(page, "total-changed")
        page.follow("Pay KSh 1,420 with M-PESA")
        heading_is(page, "Look at your phone")
        world.look(page, "waiting")
        checks.contains("the waiting page", page.text, "ending 102", "KSh 1,420")
        page.evaluate("document.isTheSame = true")
        hand.open(f"{shop.phones.origin}/")
        hand.follow("0712 000 102")
        checks.contains("the phone asks", hand.text, "Do you want to pay KES 1,420")
        hand.shot(world.picture("practice-phone-prompt"))
        hand.fill("Enter M-PESA PIN", "1234")
        hand.follow("Send")
        heading_is(page, "Paid", 12)
        checks.true("the page loaded again by itself", not page.evaluate("document.isTheSame"), "the same document")
        world.look(page, "paid")
        paid_page(world, checks, page, phone, "KSh 1,420")
        page.follow("See the receipt")
        checks.contains("the receipt", page.text, "Kericho loose tea", "Baringo honey")
        world.look(page, "receipt")
        checks.equal("cookies that were kept", page.cdp("Network.getAllCookies")["cookies"], [])
        checks.equal("scripts that were loaded", [one["url"] for one in page.listen() if one["type"] == "Script"], [])


def by_keyboard(world, checks):
    shop, phone = world.shop, "0712 000 103"
    with world.browser("desk", width=1280, height=800, touch=False, languages="en-US,en") as page:
        def go(name, limit=40):
            """Tabs to the control with these words."""
            for _ in range(limit):
                page.key("Tab")
                if page.evaluate(f"words(document.activeElement).startsWith({name!r})"):
                    return check_focus(name)
            raise Failure(f"Tab does not reach “{name}”. {page.describe()}")

        def check_focus(name):
            seen = page.evaluate("""(() => { const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
                return { line: s.outlineStyle, width: parseFloat(s.outlineWidth),
                         inside: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth }; })()""")
            checks.true(f"the focus on “{name}” can be seen", seen["line"] != "none" and seen["width"] >= 2 and seen["inside"], seen)

        def enter():
            page.leave(lambda: page.key("Enter"))

        def write(label, text):
            for _ in range(20):
                if page.evaluate(f"document.activeElement === field({label!r})"):
                    return page.cdp("Input.insertText", text=text)
                page.key("Tab")
            raise Failure(f"Tab does not reach “{label}”. {page.describe()}")

        page.open(f"{shop.origin}/")
        world.look(page, "catalogue")
        page.key("Tab")
        checks.equal("the first stop", page.focus, "Skip to the main content")
        check_focus("Skip to the main content")
        page.key("Enter")
        page.wait("the skip link goes to the content", "document.activeElement.id === 'main'")
        page.key("Tab")
        checks.true("after skipping, the first thing to buy", page.evaluate("!!document.activeElement.closest('.goods li:first-child')"), page.focus)
        page.evaluate("document.activeElement.blur(), getSelection().removeAllRanges(), one('.skip').focus()")
        go("Kiswahili")
        enter()
        checks.equal("the language", page.evaluate("document.documentElement.lang"), "sw")
        world.look(page, "sw-catalogue")
        go("Kahawa ya Nyeri")
        enter()
        world.look(page, "sw-product")
        go("Weka kwenye kikapu")
        enter()
        world.look(page, "sw-cart")
        go("Endelea kulipa")
        enter()
        for _ in range(20):
            if page.evaluate("document.activeElement.name === 'delivery'"):
                break
            page.key("Tab")
        page.key("ArrowDown")
        page.wait("the arrow chooses the rider", "one('#delivery-2').checked")
        write("Mahali pa kuletewa", "Buruburu, Phase 4")
        write("Jina lako", "Wanjikũ wa Kamau")
        page.key("Tab", shift=True)
        page.key("Tab")
        go_back_and_switch(page, checks, world)
        write("Nambari ya simu ya M-PESA", phone)
        page.leave(lambda: page.key("Enter"))
        heading_is(page, "Angalia simu yako")
        checks.contains("the waiting page in Swahili", page.text, "inayoishia 103", "KSh 1,150")
        world.look(page, "sw-waiting")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Umelipa", 5)
        world.look(page, "sw-paid")
        go("Tazama risiti")
        enter()
        world.look(page, "sw-receipt")
        checks.contains("the receipt in Swahili", page.text, "Kahawa ya Nyeri AA", shop.phones.receipt(phone) or "a code")


def go_back_and_switch(page, checks, world):
    """Switches to English and back with half a form filled in; everything typed stays."""
    def kept(language):
        checks.equal(f"typed data in {language}", page.evaluate("[one('#name').value, one('#place').value, one('#delivery-2').checked]"),
                     ["Wanjikũ wa Kamau", "Buruburu, Phase 4", True])
        checks.equal("the language", page.evaluate("document.documentElement.lang"), language)
        checks.lacks("a switch is no mistake", page.title, "Error", "Kosa")

    for name, language in (("English", "en"), ("Kiswahili", "sw")):
        page.evaluate("one('.cart').focus()")
        page.key("Tab")
        checks.equal("the stop after the cart", page.focus, name)
        page.leave(lambda: page.key("Enter"))
        kept(language)
        world.look(page, f"{language}-checkout-switched")


def bad_phones(world, checks):
    shop, airtel = world.shop, "0733 000 104"
    typed = {
        "": "Enter the M-PESA phone number",
        "0712 34": "The number is too short. It should have 10 digits, like 0712 345 678",
        "0712 345 6789": "The number is too long. It should have 10 digits, like 0712 345 678",
        "0712 ABC 678": "Use digits only in the number, like 0712 345 678",
        "+1 212 555 0100": "This is not a Kenyan mobile number. It should start with 07, 01 or +254",
    }
    with world.browser("phone") as page:
        to_checkout(page, shop)
        page.fill("Your name", "Njoroge")
        page.choose("Rider within Nairobi")
        page.fill("Delivery place", "Kasarani")
        for number, message in typed.items():
            page.fill("M-PESA phone number", number)
            page.follow("Pay KSh")
            checks.true(f"“{number}”: the title says so", page.title.startswith("Error: "), page.title)
            checks.equal(f"“{number}”: what was typed stays", [page.value("M-PESA phone number"), page.value("Your name"), page.value("Delivery place")],
                         [number, "Njoroge", "Kasarani"])
            tied = page.evaluate("one('#phone').getAttribute('aria-describedby').split(' ').map(id => words(document.getElementById(id))).join(' ')")
            checks.contains(f"“{number}”: the field's own message", tied, message)
            checks.equal(f"“{number}”: the field is marked", page.evaluate("one('#phone').getAttribute('aria-invalid')"), "true")
            checks.equal(f"“{number}”: the summary", page.evaluate("[one('#errors').getAttribute('role'), one('#errors li').textContent.trim()]"), ["alert", message])
            checks.equal(f"“{number}”: the focus", page.focus, "errors")
        world.look(page, "bad-phone")
        page.press(message)
        page.wait("the summary's link leads to the field", "document.activeElement.id === 'phone'")
        page.fill("M-PESA phone number", airtel)
        page.follow("Pay KSh")
        checks.contains("an Airtel number is warned about", page.text, "This looks like an Airtel number", "Use this number anyway?")
        world.look(page, "other-network")
        checks.equal("prompts on the Airtel number", len(shop.phones.pushes(airtel)), 0)
        ledger = shop.phones.ledger()
        checks.lacks("nothing was sent for a bad number", ledger, "071234", "212555")
        page.choose("Yes, use this number")
        page.follow("Pay KSh")
        heading_is(page, "Look at your phone")
        shop.phones.touch(airtel, "approve", pin="1234")
        heading_is(page, "Paid", 5)


def cancel_and_retry(world, checks):
    shop, phone, other = world.shop, "0712 000 105", "0712 000 106"
    with world.browser("phone") as page:
        order(page, shop, phone)
        heading_is(page, "Look at your phone")
        address = page.address
        shop.phones.touch(phone, "cancel")
        heading_is(page, "You cancelled on your phone", 5)
        world.look(page, "cancelled")
        checks.contains("a cancelled payment", page.text, "Nothing was taken", "Your order is still here", "Try again", "another")
        checks.lacks("a cancelled payment", page.text, "1032", "failed")
        page.fill("M-PESA phone number", "07")
        page.follow("Try again")
        checks.true("a bad number again", page.title.startswith("Error: "), page.title)
        checks.equal("what was typed stays", page.value("M-PESA phone number"), "07")
        world.look(page, "retry-bad-phone")
        page.fill("M-PESA phone number", other)
        page.follow("Try again")
        checks.equal("the same order", page.address, address)
        heading_is(page, "Look at your phone")
        checks.contains("the other phone", page.text, "ending 106")
        shop.phones.touch(other, "approve", pin="1234")
        heading_is(page, "Paid", 5)
        paid_page(world, checks, page, other, "KSh 320")
        checks.equal("money that moved", [shop.phones.debited(phone), shop.phones.debited(other)], [0, 320])


def the_phone_says_no(world, checks):
    shop = world.shop
    with world.browser("phone") as page:
        phone = "0712 000 107"
        order(page, shop, phone)
        heading_is(page, "Look at your phone")
        shop.phones.touch(phone, "approve", pin="9999")
        heading_is(page, "The PIN was not right", 5)
        checks.contains("a wrong PIN", page.text, "Nothing was taken", "three wrong PINs")

        phone = "0712 000 108"
        shop.phones.balance(phone, 10)
        order(page, shop, phone)
        heading_is(page, "Look at your phone")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Not enough money", 5)
        checks.contains("no money", page.text, "Nothing was taken", "Top up")
        world.look(page, "no-money")

        phone = "0712 000 109"
        shop.phones.story(phone, {"outcome": "1037", "decisionMilliseconds": 500})
        order(page, shop, phone)
        heading = page.wait("no answer is told", "!one('h1').textContent.match(/Look at|Sending/) && one('h1').textContent", 30)
        checks.true("no answer in words", heading in ("Your phone did not answer", "The prompt could not reach your phone"), heading)
        checks.contains("no answer", page.text, "Nothing was taken")


def callback_lost(world, checks):
    shop, phone = world.shop, "0712 000 110"
    shop.phones.story(phone, "callback-lost")
    with world.browser("phone") as page:
        order(page, shop, phone)
        seen = set()

        def paid():
            seen.add(page.evaluate("one('h1').textContent + ' ' + document.title"))
            return "Paid" in page.heading

        wait_until("paid without a callback", paid, 90, describe=page.describe)
        checks.lacks("while nothing is known", " ".join(seen), "fail", "not go through", "Error")
        push = shop.phones.pushes(phone)[0]
        checks.equal("callbacks that came", len(push["callbacks"]), 0)
        checks.contains("paid without a code", page.text, "KSh 320", "Your M-PESA code is on its way. The payment is safe.")
        world.look(page, "paid-without-code")
        page.follow("See the receipt")
        world.look(page, "receipt-without-code")


def offline_while_waiting(world, checks):
    shop, phone = world.shop, "0712 000 111"
    with world.browser("phone") as page:
        order(page, shop, phone)
        heading_is(page, "Look at your phone")
        page.network(offline=True)
        page.wait("the notice that the phone is offline", f"one('#net').textContent.startsWith({OFFLINE!r})", 5)
        world.look(page, "offline")
        checks.lacks("offline is no failure", page.text, "failed", "error")
        shop.phones.touch(phone, "approve", pin="1234")
        wait_until("the money moved meanwhile", lambda: shop.phones.debited(phone) == 320)
        checks.equal("an offline page knows nothing yet", page.heading, "Look at your phone")
        page.network()
        heading_is(page, "Paid", 10)
        page.wait("the notice goes away", f"!one('#net') || !one('#net').textContent.startsWith({OFFLINE!r})", 5)
        paid_page(world, checks, page, phone, "KSh 320")


def tab_closed(world, checks):
    shop, phone = world.shop, "0712 000 112"
    with world.browser("phone") as page:
        order(page, shop, phone)
        heading_is(page, "Look at your phone")
        address = page.address
    with world.browser("other-phone") as page:
        page.open(address)
        heading_is(page, "Look at your phone")
        checks.contains("the same order in another browser", page.text, "ending 112", "KSh 320")
    shop.phones.touch(phone, "approve", pin="1234")
    with world.browser("third-phone") as page:
        page.open(address)
        heading_is(page, "Paid", 5)
        paid_page(world, checks, page, phone, "KSh 320")
        stranger = address[:-4] + "AAAA"
        page.open(stranger)
        checks.equal("a link that is nearly right", page.heading, "There is no such page")
        world.look(page, "no-such-page")


def sent_twice(world, checks):
    """What no browser can hold back: the same form eight times at once, and the same cart from two tabs."""
    shop, phone = world.shop, "0712 000 117"
    form = shop.checkout_form(phone)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(shop.order, [form] * 8))
    checks.equal("orders from one form", len(set(answers)), 1)
    checks.true("it is an order", answers[0].startswith("/orders/"), answers[0][:100])
    shop.phones.await_prompt(phone)
    answer = shop.order(shop.checkout_form(phone))
    checks.true("the same order from another tab leads to its form again", answer.startswith("/checkout?"), answer)
    checks.contains("the same order from another tab", shop.send("GET", answer).body, "Too many prompts", "Nothing was charged")
    checks.equal("a form that was used leads to its order", shop.order(form), answers[0])
    checks.equal("prompts", len(shop.phones.pushes(phone)), 1)
    shop.phones.touch(phone, "approve", pin="1234")
    wait_until("the money moved", lambda: shop.phones.debited(phone) == 950)


def script_lost(world, checks):
    """Script is on, but the file never comes; styles and pictures neither."""
    shop, phone = world.shop, "0712 000 116"
    with world.browser("bare") as page:
        page.without_files("css", "js", "svg")
        page.open(f"{shop.origin}/")
        page.follow("Baringo honey")
        page.follow("Add to cart")
        page.follow("Go to checkout")
        page.fill("Your name", "Chebet")
        page.fill("M-PESA phone number", phone)
        page.follow("Pay KSh 650 with M-PESA")
        shop.phones.touch(phone, "approve", pin="1234")
        wait_until("Paid by pressing “Check now”", lambda: "Paid" in page.heading or page.has("Check now") and page.follow("Check now"), 10)
        page.shot(world.picture("bare-paid"))
        page.follow("See the receipt")
        checks.contains("the receipt", page.text, "Baringo honey", "KSh 650")
        checks.equal("files that came", {one["type"] for one in page.listen() if one.get("status") == 200} - {"Document"}, set())


def pressed_twice(world, checks):
    shop = world.shop
    for name, phone, script, touch in (
        ("phone", "0712 000 113", True, True), ("plain", "0712 000 114", False, False), ("desk", "0712 000 115", True, False),
    ):
        with world.browser(name, script=script, touch=touch, cookies=script) as page:
            to_checkout(page, shop)
            page.fill("Your name", "Halima")
            page.fill("M-PESA phone number", phone)
            page.network(milliseconds=500)  # long enough for the second press to come before the answer
            page.leave(lambda: page.press("Pay KSh", times=2))
            page.network()
            page.wait("an order's page", "location.pathname.startsWith('/orders/')")
            first = page.address
            posts = [one for one in page.listen() if one["method"] == "POST"]
            checks.equal(f"{name}: forms that were sent", len(posts), 1)
            shop.phones.await_prompt(phone)
            checks.equal(f"{name}: prompts after a double press", len(shop.phones.pushes(phone)), 1)

            page.back()
            if page.has("Pay KSh"):
                page.fill("Your name", "Halima")
                page.fill("M-PESA phone number", phone)
                page.follow("Pay KSh")
                if not page.evaluate("location.pathname.startsWith('/orders/')"):
                    checks.contains(f"{name}: a second order for the same prompt", page.text, "Nothing was charged")
            world.look(page, "back-and-pay-again")
            checks.equal(f"{name}: prompts after Back and Pay", len(shop.phones.pushes(phone)), 1)
            if page.evaluate("location.pathname.startsWith('/orders/')"):
                checks.equal(f"{name}: Back and Pay lead to the same order", page.address, first)
            shop.phones.touch(phone, "approve", pin="1234")
            page.open(first)
            heading_is(page, "Paid", 12)
            checks.equal(f"{name}: money that moved", shop.phones.debited(phone), 320)
            page.refresh()
            checks.true(f"{name}: loading the order again asks nothing", page.address == first, page.address)


JOURNEYS = [
    ("Buys on a small phone; the page turns to Paid by itself", with_script),
    ("Buys without script and without cookies, approving with the PIN on the practice phone", without_script),
    ("Buys by keyboard alone, in Swahili, switching language with a half-filled form", by_keyboard),
    ("A bad phone number is explained beside its field and nothing is sent; Airtel is warned about", bad_phones),
    ("Cancels on the phone, then another phone pays", cancel_and_retry),
    ("A wrong PIN, no money and no answer are said in plain words", the_phone_says_no),
    ("Is told Paid although the callback was lost", callback_lost),
    ("Goes offline while waiting and is back by itself", offline_while_waiting),
    ("Closes the tab and finds the order by its link in other browsers", tab_closed),
    ("Buys although script, styles and pictures never arrive", script_lost),
    ("The same form sent eight times at once is one order and one prompt", sent_twice),
    ("Presses Pay twice, and goes back and pays again: one order, one prompt", pressed_twice),
]
