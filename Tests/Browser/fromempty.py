"""Journeys of a new owner: from an empty folder to the first paid order, with nothing set but what the desk asks for."""

import re

from buying import heading_is
from desk import PASSWORD
from shop import Shop

OWNER = "0712 000 300"


def becomes_owner_here(page, shop):
    """In the browser of the shop's own machine."""
    page.open(f"{shop.origin}/admin")
    heading_is(page, "Open your shop’s desk")
    page.fill("Name", "wairimu")
    page.fill("New password", PASSWORD)
    page.follow("Become the owner")


def becomes_owner_by_link(page, shop):
    """With the link that a command makes on the shop's machine."""
    link = re.search(r"http://\S+/admin/welcome/\S+", shop.run("admin", "create", "wairimu"))[0]
    page.open(link)
    heading_is(page, "Welcome")
    page.fill("New password", PASSWORD)
    page.follow("Set password")


def opens(world, checks, name, become_owner, buyer, **wishes):
    """One owner's way; each page is left by what it offers, never by typing an address."""
    shop = Shop(world.root, is_new=True)
    world.origins.add(shop.origin)
    try:
        with world.browser(name, **wishes) as page:
            become_owner(page, shop)
            heading_is(page, "What needs you")
            checks.contains("the first page", page.text, "not set up yet", "Next: ")
            world.look(page, "new-start")
            sets_up(world, checks, page, shop, types_keys=wishes.get("script") is not False)
            pays_the_first_shilling(world, checks, page, shop)
            number = buys(world, checks, shop, buyer, f"{name}-buyer", wishes)
            page.follow("Orders")
            checks.contains("the list of orders", page.text, number, "Otieno Ouma", "KSh 500")
            page.follow(number)
            heading_is(page, f"Order {number}")
            page.wait("the order is paid", "document.body.innerText.includes('The order is paid') || (location.reload(), false)", 20)
            checks.contains("the order at the desk", page.text, "2 × Sisal mat", shop.phones.receipt(buyer), "Hand over")
            checks.lacks("a shop that is set up", page.text, "not set up yet")
            world.look(page, "new-order")
    finally:
        shop.close()


def sets_up(world, checks, page, shop, types_keys):
    page.follow("Next: ")
    heading_is(page, "Set up the shop")
    world.look(page, "new-setup-demo")
    page.follow("Put the demo goods away")
    checks.contains("an empty shop", page.text, "The demo goods are put away", "3 of 8", "Name the shop To do")
    checks.lacks("it is not asked again", page.text, "shows demo goods")
    world.look(page, "new-setup")
    page.follow("Choose a name")
    page.fill("The shop’s name", "Wairimu Crafts")
    page.fill("Telephone number", "0712 000 001")
    page.follow("Save")
    checks.contains("the name is kept", page.text, "Saved: ", "Wairimu Crafts", "Next: Put something on the shelf")
    world.look(page, "new-settings")
    page.follow("Next: ")
    page.follow("Add goods")
    page.fill("Name in English", "Sisal mat")
    page.fill("Price in shillings", "250")
    page.fill("Pieces that can be sold", "3")
    page.follow("Save")
    checks.contains("the product is kept", page.text, "Sisal mat is saved", "Next: Say how goods reach people")
    world.look(page, "new-goods")
    page.follow("Next: ")
    page.follow("Add a way of delivery")
    page.fill("Name in English", "Collect at the stall, Gikomba")
    page.follow("Save")
    checks.contains("delivery is kept", page.text, "Collect at the stall", "Next: ")
    world.look(page, "new-delivery")
    page.follow("Next: ")
    page.follow("Enter the settings")
    heading_is(page, "M-PESA")
    world.look(page, "new-way")
    checks.contains("what to do while practising", page.text, "leave the fields empty")
    if types_keys:
        page.fill("Consumer key", "simulator-key")
        page.fill("Consumer secret", "simulator-secret")
    page.follow("Save and try")
    checks.contains("the way to pay is kept", page.text, "the provider accepts it", "Next: Pay the first shilling")
    page.follow("Next: ")
    page.follow("Try it now")
    checks.contains("news reaches the shop", page.text, "reach this shop")
    world.look(page, "new-setup-half")


def pays_the_first_shilling(world, checks, page, shop):
    page.follow("Ask my phone")
    page.fill("Your own phone", OWNER)
    page.follow("Ask my phone for")
    checks.contains("the prompt is on its way", page.text, "look at your phone", "KSh 1")
    shop.phones.touch(OWNER, "approve", pin="1234")
    page.wait("the first shilling is paid", "(location.reload(), false) || document.body.innerText.includes('The order is paid')", 20)
    world.look(page, "new-first-shilling")
    checks.lacks("nothing is delivered", page.text, "Hand over")
    page.follow("Set up the shop")
    checks.contains("all is set up", page.text, "people can buy")
    checks.equal("what was taken from the owner's phone", shop.phones.debited(OWNER), 1)
    checks.true("the way to the shop", page.has("See the shop"), page.text)
    world.look(page, "new-setup-done")


def buys(world, checks, shop, phone, name, wishes):
    with world.browser(name, **wishes) as page:
        page.open(f"{shop.origin}/")
        checks.contains("the shop", page.text, "Wairimu Crafts", "Sisal mat", "KSh 250")
        checks.lacks("demo goods", page.text, "Maasai shuka", "Mama Njeri")
        world.look(page, "new-shop")
        page.follow("Sisal mat")
        page.follow("Add to cart")
        page.follow("One more: Sisal mat") if wishes.get("script") is False else page.press("One more: Sisal mat")
        page.wait("two of them", "one('.number').textContent === '2' || document.body.innerText.includes('KSh 500')")
        page.follow("Go to checkout")
        checks.contains("the checkout", page.text, "Collect at the stall, Gikomba", "KSh 500")
        page.fill("Your name", "Otieno Ouma")
        page.fill("M-PESA phone number", phone)
        page.follow("Pay KSh 500")
        shop.phones.touch(phone, "approve", pin="1234")
        page.wait("paid", "document.body.innerText.includes('Paid') || (location.reload(), false)", 20)
        world.look(page, "new-paid")
        checks.equal("what was taken", shop.phones.debited(phone), 500)
        return page.evaluate("document.body.innerText.match(/Order (?:number )?([0-9A-Z]{8})/)[1]")


def on_a_phone(world, checks):
    opens(world, checks, "new-owner", becomes_owner_here, "0712 000 301")


def on_a_computer_without_script(world, checks):
    opens(world, checks, "new-owner-plain", becomes_owner_by_link, "0712 000 302", script=False, width=1280, height=800, touch=False)


JOURNEYS = [
    ("From an empty folder to the first paid order, on a phone", on_a_phone),
    ("From an empty folder to the first paid order, on a computer without script, by the command's link", on_a_computer_without_script),
]
