"""Journeys of staff with one order: its goods on their way, its end while a prompt is live, and what the shop told."""

import os

from buying import heading_is, order
from desk import come_in, number_of


def goods_go_out(world, checks):
    shop, phone = world.shop, "0712 000 170"
    with world.browser("buyer") as page:
        order(page, shop, phone, "Wanjiku Kamau")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid")
        number = number_of(world, page)
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/orders/{number}")
        checks.contains("what is to be done", page.text, "Pack the goods, then hand them over")
        page.press("Pack")
        page.follow("Packed")
        checks.contains("packed", page.text, "Packed.", "The goods are packed: hand them over")
        page.press("Hand over")
        page.fill("Who took it", "Brian, boda")
        page.follow("Handed over")
        checks.contains("handed over", page.text, "Handed over.", "Taken by Brian, boda")
        world.look(page, "desk-handed-over")
    with world.browser("owner-plain", script=False, width=1280, height=800, touch=False) as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/orders/{number}")
        page.press("Take the last step back")
        page.fill("Reason", "the wrong bag")
        page.follow("Take it back")
        checks.contains("taken back", page.text, "packed, and not handed over", "not handed over after all")
        checks.lacks("nobody took it", page.text, "Taken by")
        world.look(page, "desk-taken-back")


def cancel_while_live(world, checks):
    shop = world.shop
    for name, phone, wishes in (("owner", "0712 000 171", {}), ("owner-plain", "0712 000 172", {"script": False, "width": 1280, "height": 800, "touch": False})):
        with world.browser(f"{name}-buyer") as buyer:
            order(buyer, shop, phone, "Achieng Odhiambo")
            shop.phones.await_prompt(phone)
            number = number_of(world, buyer)
            with world.browser(name, **wishes) as page:
                come_in(page, world)
                page.open(f"{shop.origin}/admin/orders/{number}")
                page.press("Cancel the order")
                checks.contains("when it can be cancelled", page.text, "may be on the customer’s phone until", "without another press")
                page.fill("Reason", "sold out")
                page.follow("Cancel as soon as the prompt has ended")
                checks.contains("kept", page.text, "Noted.", "at the latest", "njeri: sold out")
                world.look(page, "desk-cancel-waits")
                page.follow("Keep the order after all")
                checks.contains("taken back", page.text, "The order is kept")
                page.press("Cancel the order")
                page.fill("Reason", "sold out")
                page.follow("Cancel as soon as the prompt has ended")
                shop.phones.touch(phone, "cancel")
                page.wait("the order ends by itself", "document.body.innerText.includes('The order was cancelled by') || (location.reload(), false)", 15)
                world.look(page, "desk-cancelled-by-itself")


def rows_that_do_not_read(world, checks):
    shop = world.shop
    header = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance"
    rows = ["UKA1AAAAAA,2026-01-05 10:00:00,,Completed,three hundred,,", "UKB2BBBBBB,yesterday,,Completed,300.00,,"]
    path = os.path.join(shop.folder, "broken.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\r\n".join([header, *rows]) + "\r\n")
    with world.browser("owner") as page:
        come_in(page, world)
        page.open(f"{shop.origin}/admin/statements")
        page.attach("The file", path) if page.evaluate("!!field('The file')") else page.attach("File", path)
        page.follow("Read it")
        page.wait("it is refused", "document.body.innerText.includes('All 2 rows that do not read') || (location.reload(), false)", 15)
        page.follow("All 2 rows that do not read")
        checks.contains("the rows", page.text, "Rows that do not read", "Paid In is not an amount", "These rows as a file")
        world.look(page, "desk-refused-rows")


def settings_and_letters(world, checks):
    shop = world.shop
    for name, wishes in (("owner", {}), ("owner-plain", {"script": False, "width": 1280, "height": 800, "touch": False})):
        with world.browser(name, **wishes) as page:
            come_in(page, world)
            page.follow("Messages")
            page.follow("Letters and SMS")
            heading_is(page, "Letters and SMS")
            world.look(page, "desk-notices")
            page.follow("Settings")
            page.fill("Your e-mail address", "not an address")
            page.follow("Save")
            checks.contains("a wrong address", page.text, "shop@example.co.ke")
            page.fill("Your e-mail address", "njeri@example.org")
            page.fill("Quiet hours", "22-6")
            page.follow("Save")
            checks.contains("saved", page.text, "Saved: " if name == "owner" else "Nothing")
            world.look(page, "desk-settings-voice")


JOURNEYS = [
    ("Goods are packed, handed over and taken back", goods_go_out),
    ("An order is cancelled as soon as its prompt has ended", cancel_while_live),
    ("Rows of a statement that do not read", rows_that_do_not_read),
    ("Letters, SMS and whom the shop writes to", settings_and_letters),
]
