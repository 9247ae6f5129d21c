"""The desk's menu: one line on a phone that opens without script, and all of it where there is room."""

from buying import heading_is
from checks import Failure
from desk import come_in

SHOWN = "[...document.querySelectorAll('.tabs a')].filter(shown).length"
# The name of the shop, the language and the menu's button stand beside each other.
ONE_LINE = """['.brand', '.lang', '.tabs summary'].map(one).map(e => e.getBoundingClientRect())
    .every((box, _, all) => box.top < all[2].bottom && box.bottom > all[2].top)"""
RING = "getComputedStyle(document.activeElement).outlineStyle"


def to_menu(page):
    """Goes to the menu's button by keyboard."""
    for _ in range(8):
        page.key("Tab")
        if page.evaluate("document.activeElement === one('.tabs summary')"):
            return
    raise Failure(f"The menu is not reached by keyboard. {page.describe()}")


def on_a_phone(world, checks):
    for name, script, width, languages in (
        ("owner", True, 360, "en"), ("owner-plain", False, 320, "en"), ("mwenye-duka", True, 320, "sw,en"),
    ):
        with world.browser(name, script=script, width=width, languages=languages) as page:
            come_in(page, world)
            page.open(f"{world.shop.origin}/admin/orders")
            checks.equal(f"{width} px: links of the closed menu", page.evaluate(SHOWN), 0)
            checks.true(f"{width} px: the head is one line", page.evaluate(ONE_LINE), page.evaluate("one('.bar').innerText"))
            checks.true(f"{width} px: the head leaves the page its place", page.evaluate("one('.top').getBoundingClientRect().bottom < 150"), page.text)
            world.look(page, f"desk-menu-closed-{width}")
            to_menu(page)
            checks.equal(f"{width} px: the ring around the button", page.evaluate(RING), "solid")
            page.key("Enter")
            page.wait("the open menu", f"{SHOWN} > 5")
            checks.true(f"{width} px: the button stays in its line", page.evaluate(ONE_LINE), page.evaluate("one('.bar').innerText"))
            checks.equal(f"{width} px: where one is", page.evaluate("one('.tabs [aria-current=page]').pathname"), "/admin/orders")
            world.look(page, f"desk-menu-open-{width}")
            page.key("Tab")
            checks.equal(f"{width} px: the first link comes after the button", page.evaluate("document.activeElement.pathname"), "/admin")
            checks.equal(f"{width} px: the ring around a link", page.evaluate(RING), "solid")
            for _ in range(3):
                page.key("Tab")
            page.leave(lambda: page.key("Enter"))
            heading_is(page, "Bidhaa" if languages.startswith("sw") else "Goods")
            checks.equal(f"{width} px: links of the next page's menu", page.evaluate(SHOWN), 0)


def where_there_is_room(world, checks):
    for name, script, languages in (("owner", True, "en"), ("owner-plain", False, "sw,en")):
        with world.browser(name, script=script, width=1280, height=800, touch=False, languages=languages) as page:
            come_in(page, world)
            page.open(f"{world.shop.origin}/admin/orders")
            checks.equal("links of the wide menu", page.evaluate(SHOWN), page.evaluate("document.querySelectorAll('.tabs a').length"))
            checks.true("no button where all can be seen", not page.evaluate("shown(one('.tabs summary'))"), page.text)
            world.look(page, f"desk-menu-wide-{languages[:2]}")
            page.key("Tab")
            page.key("Tab")
            page.key("Tab")
            page.key("Tab")
            checks.equal("the menu by keyboard", page.evaluate("document.activeElement.pathname"), "/admin")
            page.follow("Bidhaa" if languages.startswith("sw") else "Goods")


JOURNEYS = [
    ("The desk's menu on a phone, by keyboard, with and without script", on_a_phone),
    ("The desk's menu where there is room", where_there_is_room),
]
