"""Jirani Till: the neighbour's till rings the customer's phone, and the customer says yes there.

A whole plugin in Python. `provider.py` beside it plays the provider; `scenario.json` is what the laws are made from.
"""

import paymentkit as kit

PHONE = {"key": "phone", "label": "Phone number", "kind": "phone", "help": "The phone that the till rings."}
MANIFEST = {
    "id": "example.jirani.till", "name": "Jirani Till", "version": "1.0.0",
    "summary": "The till rings the customer's phone, and the customer says yes there.",
    "currencies": ["KES"], "wholeUnitsOnly": True,
    "minimum": {"minor": 1000, "currency": "KES"}, "maximum": {"minor": 7000000, "currency": "KES"},
    "settings": [
        {"key": "till", "label": "Till number", "length": [4, 8]},
        {"key": "api_key", "label": "API key", "kind": "secret", "length": [16, 64],
         "help": "From the till's page for developers."},
        {"key": "base_url", "label": "Base address", "kind": "url", "need": "never",
         "help": "For tests and practice: where the simulated provider listens."},
    ],
    "form": [PHONE], "hosts": ["api.jirani.example"], "requestsPerSecond": 5, "notFoundGrace": 60,
    "routes": [{"name": "paid"}],
}

DECLINES = {
    "cancelled": ("cancelledByPayer", "sameMethod"),
    "no_funds": ("insufficientFunds", "sameMethod"),
    "no_answer": ("payerDidNotAnswer", "sameMethod"),
}


class Till:
    def __init__(self, environment, settings, shop):
        self.till, self.key = settings["till"], settings["api_key"]
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
            raise kit.PaymentError("invalidInput", "Jirani Till takes whole shillings from 10 to 70,000.")
        body = {"till": self.till, "shillings": amount["minor"] // 100, "phone": params["form"]["phone"],
                "reference": call.ticket, "callback": call.callback("paid")}
        answer = call.post(self.base + "/v1/rings", body, self.headers)
        ring = answer.json()
        if answer.status == 201 and isinstance(ring.get("ring"), str):
            return {"outcome": {"fact": {"fact": "pending"}, "references": [{"name": "ring", "value": ring["ring"]}]},
                    "step": {"step": "phonePrompt", "to": params["form"]["phone"], "seconds": 60}}
        if answer.status == 401:
            raise kit.PaymentError("misconfigured", "Jirani does not accept the API key.", setting="api_key")
        if answer.status == 422 and isinstance(ring.get("refused"), str):
            return {"outcome": {"fact": self.decline(ring["refused"])}}
        if answer.status == 429:
            raise kit.PaymentError("busy", "Jirani has too much to do.", retry_after=5)
        # A page, half an answer, the provider's own failure: nobody knows whether the phone rings.
        raise kit.PaymentError("outcomeUnknown", "an answer that does not read: status %d" % answer.status)

    def status(self, past, call):
        answer = call.get(self.base + "/v1/rings/" + past["ticket"]["value"], self.headers)
        ring = answer.json()
        if answer.status == 404 and ring.get("known") is False:
            return {"fact": {"fact": "notFound"}}
        if answer.status != 200 or "state" not in ring:
            raise kit.PaymentError("unavailable", "an answer that does not read: status %d" % answer.status)
        return {"fact": self.fact(ring), "references": self.references(ring)}

    def events(self, inbound):
        ring = kit.read_object(inbound["body"])
        about = inbound.get("about")
        if inbound["route"] != "paid" or about is None or ring.get("reference") != about["ticket"]["value"]:
            return []
        if "state" not in ring or not isinstance(ring.get("ring"), str):
            return []
        return [{"key": "ring|%s|%s" % (ring["ring"], ring["state"]), "about": about["ticket"]["value"],
                 "outcome": {"fact": self.fact(ring), "references": self.references(ring)}}]

    def test_connection(self, call):
        answer = call.get(self.base + "/v1/tills/" + self.till, self.headers)
        if answer.status == 401:
            raise kit.PaymentError("misconfigured", "Jirani does not accept the API key.", setting="api_key")
        if answer.status != 200 or answer.json().get("till") != self.till:
            raise kit.PaymentError("unavailable", "Jirani answers with status %d." % answer.status)
        return ["Jirani knows the till %s and accepts the API key." % self.till]

    def fact(self, ring):
        """What a ring's state means. What is not understood is no evidence either way."""
        state, shillings, receipt = str(ring["state"])[:60], ring.get("shillings"), ring.get("receipt")
        if state == "ringing":
            return {"fact": "pending"}
        if state in DECLINES:
            return self.decline(state)
        if state == "paid" and type(shillings) is int and shillings > 0 and isinstance(receipt, str) and receipt:
            return {"fact": "paid", "amount": {"minor": shillings * 100, "currency": "KES"}, "receipt": {"id": receipt}}
        return {"fact": "unclear", "code": state or "-", "detail": "a state that this plugin does not know"}

    def decline(self, code):
        reason, retry = DECLINES.get(code, ("other", "otherMethod"))
        return {"fact": "declined", "decline": {"reason": reason, "retry": retry, "code": str(code)[:60]}}

    def references(self, ring):
        return [{"name": "ring", "value": ring["ring"]}] if isinstance(ring.get("ring"), str) else []


if __name__ == "__main__":
    kit.serve(Till, MANIFEST, ["status", "webhooks", "connection"])
