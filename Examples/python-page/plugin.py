"""Jirani Page: the customer pays on the neighbour's page and comes back."""

from urllib.parse import urlsplit

import paymentkit as kit

MANIFEST = {
    "id": "example.jirani.page", "name": "Jirani Page", "version": "1.0.0",
    "summary": "The customer pays on the neighbour's page and comes back.", "currencies": ["KES"],
    "maximum": {"minor": 15000000, "currency": "KES"},
    "settings": [
        {"key": "api_key", "label": "API key", "kind": "secret", "length": [16, 64]},
        {"key": "base_url", "label": "Base address", "help": "For practice only.", "kind": "url", "need": "never"},
    ],
    "form": [{"key": "note", "label": "Note to the neighbour", "need": "never", "length": [1, 40]}],
    "hosts": ["api.jirani.example"], "page": {"hosts": ["pay.jirani.example"], "openFor": 1800},
    "routes": [{"name": "paid", "isStanding": True, "signature": {
        "header": "x-jirani-signature", "method": "hmac-sha256", "setting": "api_key"}}],
}


class Page:
    def __init__(self, environment, settings, shop):
        self.key, base = settings["api_key"], settings.get("base_url")
        if base and environment == "live":
            raise kit.PaymentError("misconfigured", "a base address is for practice only", setting="base_url")
        self.base = (base or "https://api.jirani.example").rstrip("/")
        self.hosts = [urlsplit(self.base).netloc]
        self.page_hosts = self.hosts if base else MANIFEST["page"]["hosts"]

    def start(self, params, call):
        amount = params["amount"]
        if amount["currency"] != "KES" or not 0 < amount["minor"] <= MANIFEST["maximum"]["minor"]:
            raise kit.PaymentError("invalidInput", "Jirani takes up to 150,000 shillings.")
        body = {"cents": amount["minor"], "reference": call.ticket, "note": params["form"].get("note", "")}
        if "returnTo" in params:
            body["back"] = params["returnTo"]
        answer = call.post(self.base + "/v1/pages", body, {"Authorization": "Bearer " + self.key})
        page = answer.json()
        if answer.status == 201 and isinstance(page.get("page"), str):
            return {"outcome": {"fact": {"fact": "pending"}, "references": [{"name": "page", "value": call.ticket}]},
                    "step": {"step": "redirect", "address": page["page"]}}
        if answer.status == 401:
            raise kit.PaymentError("misconfigured", "Jirani does not accept the API key.", setting="api_key")
        if answer.status == 422:
            return {"outcome": {"fact": {"fact": "declined", "decline": {
                "reason": "notPermitted", "retry": "otherMethod", "code": str(page.get("refused", ""))[:40]}}}}
        if answer.status == 429:
            raise kit.PaymentError("busy", "Jirani has too much to do.", retry_after=5)
        raise kit.PaymentError("outcomeUnknown", "an answer that does not read: status %d" % answer.status)

    def status(self, past, call):
        answer = call.get(self.base + "/v1/pages/" + past["ticket"]["value"], {"Authorization": "Bearer " + self.key})
        page = answer.json()
        if answer.status == 404 and page.get("known") is False:
            return {"fact": {"fact": "notFound"}}
        if answer.status != 200 or "state" not in page:
            raise kit.PaymentError("unavailable", "an answer that does not read: status %d" % answer.status)
        return {"fact": self.fact(page)}

    def events(self, inbound):
        page = kit.read_object(inbound["body"])
        reference = page.get("reference")
        if inbound["route"] != "paid" or not isinstance(reference, str) or "state" not in page:
            return []
        return [{"key": "page|%s|%s" % (reference, page["state"]), "about": reference,
                 "outcome": {"fact": self.fact(page)}}]

    def test_connection(self, call):
        answer = call.get(self.base + "/v1/merchant", {"Authorization": "Bearer " + self.key})
        if answer.status == 401:
            raise kit.PaymentError("misconfigured", "Jirani does not accept the API key.", setting="api_key")
        if answer.status != 200 or "merchant" not in answer.json():
            raise kit.PaymentError("unavailable", "Jirani answers with status %d." % answer.status)
        return ["Jirani accepts the API key.", "Messages come to: " + call.callback("paid")]

    def fact(self, page):
        """What a page's state means. What is not understood is no evidence either way."""
        state, cents, receipt = str(page["state"])[:60], page.get("cents"), page.get("receipt")
        if state == "open":
            return {"fact": "pending"}
        if state == "left":
            return {"fact": "declined", "decline": {"reason": "cancelledByPayer", "retry": "sameMethod", "code": state}}
        if state == "paid" and type(cents) is int and cents > 0 and isinstance(receipt, str) and receipt:
            return {"fact": "paid", "amount": {"minor": cents, "currency": "KES"}, "receipt": {"id": receipt}}
        return {"fact": "unclear", "code": state or "-", "detail": "a state that this plugin does not know"}


if __name__ == "__main__":
    kit.serve(Page, MANIFEST, ["status", "webhooks", "connection"])
