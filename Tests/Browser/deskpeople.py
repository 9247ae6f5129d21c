"""Journeys of the people who run the shop: an order among many, a view kept, somebody's data given out and forgotten."""

from buying import heading_is, order
from desk import come_in


def lists_and_people(world, checks):
    shop, phone = world.shop, "0712 000 177"
    with world.browser("buyer") as page:
        order(page, shop, phone, "Zawadi Ng’ang’a")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid")
    for name, script, width in (("owner", True, 360), ("owner-plain", False, 1280)):
        with world.browser(name, script=script, width=width, height=800, touch=width < 600) as page:
            come_in(page, world)
            page.open(f"{shop.origin}/admin/orders?status=paid&least=100&prompt=paid")
            checks.contains("the filtered list", page.text, "Zawadi", "All of these as a file", "Keep this view")
            world.look(page, f"desk-orders-filtered-{width}")
            page.open(f"{shop.origin}/admin/orders?status=paid&least=lots")
            checks.contains("a wrong amount", page.text, "There is a problem", "Type an amount in shillings")
            world.look(page, f"desk-orders-wrong-{width}")
            page.open(f"{shop.origin}/admin/orders?q=nganga")
            heading_is(page, "Order")
            page.open(f"{shop.origin}/admin/orders?status=paid&least={width}")
            page.evaluate("one('details.card.fold').open = true")
            page.fill("Its name", f"Paid {width}")
            page.follow("Keep it")
            checks.contains("a kept view", page.text, f"The view “Paid {width}” is kept")
            world.look(page, f"desk-orders-views-{width}")
            page.open(f"{shop.origin}/admin/privacy")
            heading_is(page, "People’s data")
            world.look(page, f"desk-privacy-{width}")
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/privacy")
        page.evaluate("one('#erase-person').value = '0712 000 177'")
        page.evaluate("one('#erase-reason').value = 'asked for it'")
        page.evaluate("one('#erase-sure').checked = true")
        page.follow("Forget them")
        checks.contains("goods that are due keep them", page.text, "Still needed", "not handed over")
        world.look(page, "desk-privacy-waits")


def ways(world, checks):
    shop = world.shop
    for language, script, width in (("en", True, 320), ("sw", False, 360), ("en", False, 1280)):
        with world.browser("owner" if script else "owner-plain", script=script, width=width, height=800,
                           touch=width < 600) as page:
            come_in(page, world)
            page.open(f"{shop.origin}/admin/ways?lang={language}")
            expected = ("Part of the shop", "Offered to customers") if language == "en" else ("Sehemu ya duka",)
            checks.contains(f"the ways to pay, {language}", page.text, "M-PESA", *expected)
            world.look(page, f"desk-ways-{language}-{width}")


JOURNEYS = [
    ("The owner looks at the ways to pay and how they do", ways),
    ("The owner finds one order of many and handles somebody’s data", lists_and_people),
]
