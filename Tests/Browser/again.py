"""Journeys of people who refresh, go back and correct themselves: nothing is sent twice and nothing typed is lost."""

from buying import heading_is, to_checkout


def posts(page):
    return len([one for one in page.listen() if one["method"] == "POST"])


def sent_once(page, checks, what, kept):
    """After a form was answered: Refresh, Back and Forward send nothing, and show what `kept` says again."""
    sent, seen, address = posts(page), kept(), page.address
    for name, act in (("refresh", page.refresh), ("back", page.back), ("forward", page.forward), ("refresh after all", page.refresh)):
        act()
        checks.equal(f"{what}: forms sent by {name}", posts(page) - sent, 0)
        if name != "back":
            checks.equal(f"{what}: what stands there after {name}", [page.address, kept()], [address, seen])
    return seen


def corrects_and_refreshes(world, checks):
    shop = world.shop
    for name, phone, script in (("phone", "0712 000 130", True), ("plain", "0712 000 131", False)):
        with world.browser(name, script=script, cookies=script) as page:
            page.open(f"{shop.origin}/products/baringo-honey")
            page.fill("Quantity", "0")
            page.follow("Add to cart")
            checks.contains(f"{name}: a wrong quantity", page.text, "Enter a quantity from 1 to")
            quantity = sent_once(page, checks, f"{name}: a wrong quantity", lambda: [page.value("Quantity"), page.title])
            checks.equal(f"{name}: the quantity stays", quantity[0], "0")
            world.look(page, "bad-quantity")
            page.fill("Quantity", "1")
            page.follow("Add to cart")
            page.follow("Go to checkout")

            def typed():
                return page.evaluate("[one('#name').value, one('#phone').value, one('#place').value, one('#delivery-2').checked, document.title,"
                                     " document.documentElement.lang, !!one('#errors'), !!one('#phone-error')]")

            page.choose("Rider within Nairobi")
            page.fill("Delivery place", "Umoja 2")
            page.fill("Your name", "Otieno <b>")
            page.fill("M-PESA phone number", "0712 99")
            if not script:
                page.follow("Update total")
                checks.equal(f"{name}: the total that was asked for", sent_once(page, checks, f"{name}: the total", typed)[:4],
                             ["Otieno <b>", "0712 99", "Umoja 2", True])
            page.follow("Pay KSh 850 with M-PESA")
            seen = sent_once(page, checks, f"{name}: a mistake", typed)
            checks.equal(f"{name}: a mistake", seen[:4] + seen[5:], ["Otieno <b>", "0712 99", "Umoja 2", True, "en", True, True])
            checks.true(f"{name}: the title of a mistake", seen[4].startswith("Error: "), seen[4])
            checks.lacks(f"{name}: the address", page.address, "0712", "Otieno", "Umoja")
            checks.true(f"{name}: the summary is what is read first", page.focus == "errors", page.focus)
            page.follow("Kiswahili")
            seen = sent_once(page, checks, f"{name}: the other language", typed)
            checks.equal(f"{name}: the other language", seen[:4] + seen[5:], ["Otieno <b>", "0712 99", "Umoja 2", True, "sw", False, False])
            page.follow("English")
            page.fill("M-PESA phone number", phone)
            page.follow("Pay KSh 850 with M-PESA")
            heading_is(page, "Look at your phone")
            corrects_on_the_order_page(world, checks, page, name, phone)


def corrects_on_the_order_page(world, checks, page, name, phone):
    phones, address = world.shop.phones, page.address
    phones.touch(phone, "cancel")
    heading_is(page, "You cancelled on your phone", 12)
    page.fill("M-PESA phone number", "07 99")
    page.follow("Try again")
    seen = sent_once(page, checks, f"{name}: a mistake again", lambda: [page.value("M-PESA phone number"), page.title, page.evaluate("!!one('#phone-error')")])
    checks.equal(f"{name}: a mistake again", [seen[0], seen[2]], ["07 99", True])
    draft = page.address
    checks.lacks(f"{name}: the address of the order", draft, "07 99", "0799", "07%2099")
    page.fill("M-PESA phone number", phone)
    page.follow("Try again")
    checks.equal(f"{name}: the order's own page", page.address, address)
    heading_is(page, "Look at your phone")
    phones.touch(phone, "approve", pin="1234")
    heading_is(page, "Paid", 12)
    sent = posts(page)
    page.back()
    heading_is(page, "Paid")
    checks.lacks(f"{name}: what was corrected long ago", page.title, "Error")
    checks.equal(f"{name}: forms sent by going back from a paid order", posts(page) - sent, 0)
    checks.equal(f"{name}: money that moved", phones.debited(phone), 850)
    checks.equal(f"{name}: prompts", len(phones.pushes(phone)), 2)


def passed_on(world, checks):
    """An address with a draft opens nothing in another browser, which takes cookies or not."""
    shop = world.shop
    with world.browser("phone") as page:
        page.open(f"{shop.origin}/products/baringo-honey")
        page.follow("Add to cart")
        page.follow("Go to checkout")
        page.fill("Your name", "Otieno")
        page.fill("M-PESA phone number", "0712 99")
        page.follow("Pay KSh")
        checks.equal("what was typed", [page.value("Your name"), page.value("M-PESA phone number")], ["Otieno", "0712 99"])
        address = page.address
    for name, cookies in (("other-phone", True), ("plain", False)):
        with world.browser(name, cookies=cookies) as page:
            page.open(address + "&c=baringo-honey:1")
            checks.equal(f"{name}: somebody else's form", [page.value("Your name"), page.value("M-PESA phone number")], ["", ""])
            checks.lacks(f"{name}: somebody else's mistake", page.title, "Error")


JOURNEYS = [
    ("Corrects mistakes, refreshing and going back all the time: nothing is sent twice, nothing typed is lost", corrects_and_refreshes),
    ("A half-filled form's address, passed on, shows nothing of it", passed_on),
]
