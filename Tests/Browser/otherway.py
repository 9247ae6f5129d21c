"""A journey of somebody who pays by another provider than M-PESA: a plugin in a process of its own."""

import json
import os
import subprocess
import sys

from buying import heading_is
from shop import Shop, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXAMPLE = os.path.join(ROOT, "Examples", "python-till")


def configure(folder, provider):
    """What an owner writes, and the command that an owner runs."""
    place = os.path.join(folder, "plugins.d")
    os.makedirs(place)
    settings = {"till": "48210", "api_key": "a-key-for-the-browser", "base_url": f"http://127.0.0.1:{provider}"}
    with open(os.path.join(place, "till.json"), "w", encoding="utf-8") as file:
        json.dump({"program": ["python3", "plugin.py"], "folder": EXAMPLE, "settings": settings}, file)
    program = os.path.abspath(os.environ.get("DUKA_PROGRAM") or os.path.join(ROOT, ".build/debug/duka"))
    subprocess.run([program, "plugin", "enable", "till"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def by_another_way(world, checks):
    port = free_port()
    provider = subprocess.Popen([sys.executable, os.path.join(EXAMPLE, "provider.py"), str(port)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shop = Shop(ROOT, before=lambda folder: configure(folder, port))
    world.origins.add(shop.origin)
    try:
        for name, phone, wishes in (
            ("other-phone", "0733 000 190", {}),
            ("other-plain", "0712 000 191", {"script": False, "cookies": False}),
            ("other-desk", "0712 000 192", {"width": 1280, "height": 800, "touch": False}),
        ):
            with world.browser(name, **wishes) as page:
                page.open(f"{shop.origin}/checkout?c=kericho-tea:1")
                checks.contains(f"{name}: the choice", page.text, "How do you want to pay?", "M-PESA", "Jirani Till")
                checks.contains(f"{name}: the button", page.text, "Pay KSh 320")
                world.look(page, "which-way-to-pay")
                page.evaluate("one('input[value=till]').click()")
                page.fill("Your name", "Asha Wanjiru")
                page.fill("Phone number", phone)
                page.follow("Pay KSh 320")
                if name == "other-plain":
                    for _ in range(20):
                        if page.evaluate("document.title.includes('Paid') || document.body.innerText.includes('Paid. Thank you')"):
                            break
                        page.refresh()
                heading_is(page, "Paid", 20)
                checks.contains(f"{name}: whose receipt", page.text, "Jirani Till", "JT1")
                checks.true(f"{name}: no other name", "M-PESA code" not in page.text, page.text)
                world.look(page, "paid-another-way")
    finally:
        shop.close()
        provider.terminate()


JOURNEYS = [("by another provider, a plugin in a process of its own", by_another_way)]
