"""Jirani Paybill: the customer's phone rings, or the customer sends the money by hand under the order's number.

Beside a prompt this plugin takes money that nobody asked for: it comes to a standing address of the shop.
"""

import paymentkit as kit

MANIFEST = {
    "id": "example.jirani.paybill", "name": "Jirani Paybill", "version": "1.0.0",
    "summary": "A prompt on the customer's phone, or money sent to a number by hand.",
    "currencies": ["KES"], "wholeUnitsOnly": True,
    "minimum": {"minor": 1000, "currency": "KES"}, "maximum": {"minor": 7000000, "currency": "KES"},
    "settings": [
        {"key": "number", "label": "Paybill number", "length": [4, 8]},
        {"key": "api_key", "label": "API key", "kind": "secret", "length": [16, 64]},
        {"key": "base_url", "label": "Base address", "kind": "url", "need": "never", "help": "For practice only."},
    ],
    "form": [{"key": "phone", "label": "Phone number", "kind": "phone"}],
    "hosts": ["api.jirani.example"], "requestsPerSecond": 5,
    "routes": [{"name": "paid"}, {"name": "received", "isStanding": True}],
}


class Paybill:
    def __init__(self, environment, settings, shop):
        self.number, self.key = settings["number"], settings["api_key"]
        base = settings.get("base_url")
        if base and environment == "live":
            raise kit.PaymentError("misconfigured", "a base address is for practice only", setting="base_url")
        self.base = (base or "https://api.jirani.example").rstrip("/")
        self.hosts = [self.base.split("://", 1)[1].split("/", 1)[0]]

    @property
    def headers(self):
        return {"Authorization": "Bearer " + self.key}

    def start(self, params, call):
        amount = params["amount"]
        if amount["currency"] != "KES" or amount["minor"] % 100 or not 1000 <= amount["minor"] <= 7000000:
            raise kit.PaymentError("invalidInput", "Jirani takes whole shillings from 10 to 70,000.")
        body = {"number": self.number, "shillings": amount["minor"] // 100, "phone": params["form"]["phone"],
                "reference": call.ticket, "callback": call.callback("paid")}
        answer = call.post(self.base + "/v1/rings", body, self.headers)
        ring = answer.json().get("ring")
        if answer.status == 201 and isinstance(ring, str):
            return {"outcome": {"fact": {"fact": "pending"}, "references": [{"name": "ring", "value": ring}]},
                    "step": {"step": "phonePrompt", "to": params["form"]["phone"], "seconds": 60}}
        if answer.status == 401:
            raise kit.PaymentError("misconfigured", "Jirani does not accept the API key.", setting="api_key")
        if answer.status == 429:
            raise kit.PaymentError("busy", "Jirani has too much to do.", retry_after=5)
        raise kit.PaymentError("outcomeUnknown", "an answer that does not read: status %d" % answer.status)

    def status(self, past, call):
        answer = call.get(self.base + "/v1/rings/" + past["ticket"]["value"], self.headers)
        ring = answer.json()
        if answer.status == 404 and ring.get("known") is False:
            return {"fact": {"fact": "notFound"}}
        if answer.status != 200 or "state" not in ring:
            raise kit.PaymentError("unavailable", "an answer that does not read: status %d" % answer.status)
        return {"fact": self.fact(ring)}

    def events(self, inbound):
        message = kit.read_object(inbound["body"])
        about = inbound.get("about")
        if not isinstance(message.get("receipt"), str) or "state" not in message:
            return []
        event = {"key": "%s|%s|%s" % (inbound["route"], message["receipt"], message["state"]),
                 "outcome": {"fact": self.fact(message)}}
        if inbound["route"] == "paid" and about and message.get("reference") == about["ticket"]["value"]:
            return [{**event, "about": about["ticket"]["value"]}]
        if inbound["route"] == "received" and message["state"] == "paid":
            return [{**event, "incoming": str(message.get("account", ""))[:200]}]
        return []

    def instructions(self, amount, account):
        def step(english, swahili, value=None):
            return {"words": {"en": english, "sw": swahili}, **({"value": value} if value else {})}
        return [step("Open Jirani and choose Pay", "Fungua Jirani, chagua Lipa"),
                step("Number", "Nambari", self.number), step("Account", "Akaunti", account),
                step("Amount", "Kiasi", str(amount["minor"] // 100))]

    def question(self, inbound):
        return None

    def reply(self, answer):
        return {"status": 200, "contentType": "application/json", "body": "{}"}

    def register_incoming(self, call):
        body = {"number": self.number, "callback": call.callback("received")}
        answer = call.post(self.base + "/v1/callbacks", body, self.headers, effect="asks")
        if answer.status != 200:
            raise kit.PaymentError("unavailable", "Jirani answers with status %d." % answer.status)
        return ["Jirani sends news of money to %s to this shop." % self.number]

    def fact(self, message):
        shillings, receipt = message.get("shillings"), message.get("receipt")
        if message["state"] == "ringing":
            return {"fact": "pending"}
        if message["state"] == "paid" and type(shillings) is int and shillings > 0 and isinstance(receipt, str):
            return {"fact": "paid", "amount": {"minor": shillings * 100, "currency": "KES"}, "receipt": {"id": receipt}}
        return {"fact": "unclear", "code": str(message["state"])[:60] or "-", "detail": "not known to this plugin"}


if __name__ == "__main__":
    kit.serve(Paybill, MANIFEST, ["status", "webhooks", "incoming"])
