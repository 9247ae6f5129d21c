"""Journeys of people who pay with Airtel Money, beside M-PESA in the same shop, and of the owner who sets it up."""

import os

from buying import heading_is
from shop import Phones, Shop, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def open_shop(world, port):
    """A shop whose operator has switched the simulated Airtel Money on."""
    def configure(folder):
        with open(os.path.join(folder, "duka.env"), "w", encoding="utf-8") as file:
            file.write(f"DUKA_AIRTEL_ENVIRONMENT=simulator\nDUKA_AIRTEL_SIMULATOR_PORT={port}\n")

    shop = Shop(ROOT, before=configure)
    world.origins.add(shop.origin)
    return shop


def choose_airtel(page, shop, phone):
    page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
    page.choose("Airtel Money")
    page.fill("Your name", "Achieng Otieno")
    page.fill("Phone number", phone)
    page.follow("Pay KSh 320")


def by_airtel(world, checks):
    port = free_port()
    shop, phones = open_shop(world, port), Phones(port)
    world.providers.add(phones.origin)
    try:
        for name, phone, wishes in (
            ("airtel-phone", "0733 000 201", {}),
            ("airtel-plain", "0786 000 202", {"script": False, "cookies": False}),
        ):
            with world.browser(name, **wishes) as page, world.browser(f"{name}-hand", script=False) as hand:
                page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
                checks.contains(f"{name}: the choice", page.text, "How do you want to pay?", "M-PESA", "Airtel Money")
                world.look(page, "checkout-two-ways")
                choose_airtel(page, shop, phone)
                heading_is(page, "Look at your phone")
                checks.contains(f"{name}: waiting", page.text, "Airtel Money", f"ending {phone[-3:]}")
                checks.lacks(f"{name}: no other name", page.text, "M-PESA")
                world.look(page, "waiting-for-airtel")
                hand.open(f"{phones.origin}/")
                hand.follow(phone)
                checks.contains(f"{name}: the phone asks", hand.text, "Pay KES 320")
                hand.shot(world.picture(f"{name}-practice-phone"))
                hand.fill("Enter Airtel Money PIN", "1234")
                hand.follow("Send")
                heading_is(page, "Paid", 20)
                page.wait("Airtel's code", "!!one('.code')", 12)
                checks.contains(f"{name}: whose code", page.text, "Airtel Money code", "CI")
                checks.lacks(f"{name}: no other name on the paid page", page.text, "M-PESA")
                world.look(page, "paid-with-airtel")
                page.follow("See the receipt")
                checks.contains(f"{name}: the receipt", page.text, "Airtel Money code", "Airtel Money ·")
                checks.lacks(f"{name}: the receipt", page.text, "M-PESA")
        with world.browser("airtel-no", languages="sw-KE,sw") as page:
            phone = "0733 000 203"
            phones.story(phone, "refused")
            page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
            page.choose("Airtel Money")
            page.fill("Jina lako", "Achieng Otieno")
            page.fill("Nambari ya simu", phone)
            page.follow("Lipa KSh 320")
            heading_is(page, "Umeghairi", 40)
            checks.contains("the refused payment, and whose paybill it is", page.text, "kwa Airtel Money", "kutoka menyu yako ya M-PESA")
            checks.lacks("whose paybill it is", page.text, "menyu yako ya Airtel", "Ujumbe wa Airtel")
            world.look(page, "refused-by-airtel")
            phones.story(phone, "success")
            page.follow("Jaribu tena")
            heading_is(page, "Umelipa", 20)
        with world.browser("airtel-warned") as page:
            choose_airtel(page, shop, "0712 000 204")
            checks.contains("a Safaricom number", page.text, "This looks like a Safaricom number", "Airtel Money prompts reach Airtel lines only")
            world.look(page, "warned-for-airtel")
    finally:
        shop.close()


JOURNEYS = [("with Airtel Money beside M-PESA", by_airtel)]
