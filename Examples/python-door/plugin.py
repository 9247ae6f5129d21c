"""Jirani Door: the customer pays the neighbour's rider in cash."""

import paymentkit as kit

MANIFEST = {
    "id": "example.jirani.door", "name": "Jirani Door", "version": "1.0.0",
    "summary": "The customer pays the rider in cash.", "currencies": ["KES"],
    "settings": [{"key": "rider", "label": "Rider", "help": "Whom customers give the money.", "length": [2, 40]}],
    "offline": {"names": {"en": "Cash to the rider", "sw": "Pesa kwa mwendeshaji"}, "holdFor": 604800,
                "isAtHandOver": True},
}


class Door:
    hosts = []

    def __init__(self, environment, settings, shop):
        self.rider = settings["rider"]

    def instructions(self, amount, account):
        whole, cents = divmod(amount["minor"], 100)
        shillings = "%d.%02d" % (whole, cents) if cents else str(whole)
        return {
            "steps": [
                {"words": {"en": "Give %s this amount" % self.rider, "sw": "Mpe %s kiasi hiki" % self.rider},
                 "value": shillings},
                {"words": {"en": "Say the number of your order", "sw": "Taja nambari ya oda yako"}, "value": account},
            ],
            "afterwards": {"en": "This page says Paid then.", "sw": "Kisha ukurasa huu utasema Umelipa."},
        }


if __name__ == "__main__":
    kit.serve(Door, MANIFEST, ["offline"])
