"""Journeys of people who come back: by a letter's link, by the order's number, and to an order that had ended."""

from buying import heading_is, order
from checks import wait_until
from desk import number_of, sign_in

# The desk's form that cancels an order, filled and sent.
CANCEL = """(() => { const form = document.querySelector('form[action$="/cancel"]');
    form.elements.reason.value = 'The customer asked for it'; form.submit() })()"""


def finds_the_order(world, checks):
    shop, phone = world.shop, "0712 000 180"
    for name, script, width in (("finder", True, 320), ("finder-plain", False, 1280)):
        with world.browser(name, script=script, cookies=script, width=width, height=800) as page:
            order(page, shop, phone)
            heading_is(page, "Look at your phone")
            shop.phones.touch(phone, "cancel")
            if script:
                heading_is(page, "You cancelled on your phone", 12)
            number, address = number_of(world, page), page.address
            page.open(f"{shop.origin}/")
            page.follow("Find my order")
            heading_is(page, "Find my order")
            world.look(page, f"find-{name}")
            page.fill("Order number", number)
            page.fill("Phone number", "0712 000 181")
            page.follow("Find it")
            checks.contains(f"{name}: another's number", page.text, "No order fits this number and this phone")
            checks.equal(f"{name}: the title of a miss", page.title.split(":")[0], "Error")
            checks.equal(f"{name}: what was typed stays", [page.value("Order number"), page.value("Phone number")], [number, "0712 000 181"])
            checks.lacks(f"{name}: the address", page.address, "0712", number)
            world.look(page, f"find-miss-{name}")
            page.follow("Kiswahili")
            checks.contains(f"{name}: in Swahili", page.text, "Tafuta oda yangu")
            checks.equal(f"{name}: nothing typed is lost", page.value("Nambari ya oda"), number)
            page.follow("English")
            page.fill("Phone number", f"+254 {phone[1:]}")
            page.fill("Order number", f" {number.lower()} ")
            page.follow("Find it")
            checks.equal(f"{name}: the order's page", page.address.split("?")[0], address.split("?")[0])
        phone = "0712 000 182"


def orders_the_same_again(world, checks):
    shop = world.shop
    for name, phone, script, width in (("returner", "0712 000 184", True, 360), ("returner-plain", "0712 000 185", False, 1280)):
        with world.browser(name, script=script, cookies=script, width=width, height=800) as page, world.browser("boss") as boss:
            order(page, shop, phone, "Otieno Ouma")
            heading_is(page, "Look at your phone")
            shop.phones.touch(phone, "cancel")
            address = page.address
            wait_until("it is cancelled", lambda: "You cancelled" in shop.send("GET", address[len(shop.origin):].split("?")[0]).body, 15)
            number = number_of(world, page)
            sign_in(boss, shop)
            boss.open(f"{shop.origin}/admin/orders/{number}")
            checks.contains(f"{name}: what happened to it", boss.text, "What happened", "The order was placed")
            world.look(boss, f"told-{name}")
            boss.leave(lambda: boss.evaluate(CANCEL))
            checks.contains(f"{name}: the shop has cancelled it", boss.text, "cancelled")
            wait_until("it is ended", lambda: "/again" in shop.send("GET", address[len(shop.origin):].split("?")[0]).body, 10)
            page.open(address.split("?")[0])
            world.look(page, f"again-{name}")
            page.follow("Order again")
            checks.contains(f"{name}: the cart", page.text, "Everything is in your cart again, at the same price.", "Kericho")
            world.look(page, f"again-cart-{name}")
            page.follow("Go to checkout")
            heading_is(page, "Check and pay")


JOURNEYS = [("finds an order by its number", finds_the_order), ("orders the same again", orders_the_same_again)]
