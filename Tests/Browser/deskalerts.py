"""A journey of the owner who is told in the browser what is wrong: the permission, the message service, the message."""

from checks import Failure
from desk import come_in

# A browser without a message service gives an address as one with it would; all else is the browser's own.
GIVES_AN_ADDRESS = """
PushManager.prototype.subscribe = async () => {
  const keys = await crypto.subtle.generateKey({name: 'ECDH', namedCurve: 'P-256'}, true, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey));
  const text = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
  return {toJSON: () => ({endpoint: 'https://push.example/one',
                          keys: {p256dh: text(point), auth: text(crypto.getRandomValues(new Uint8Array(16)))}})};
};
"""
SHOWN = """navigator.serviceWorker.getRegistration('/admin/').then(one => one.getNotifications())
    .then(all => all.map(one => `${one.title}: ${one.body}`))"""


def alerts(world, checks):
    with world.browser("alerts", height=740) as page:
        come_in(page, world)
        page.open(f"{world.shop.origin}/admin/me")
        page.cdp("Browser.setPermission", permission={"name": "notifications"}, setting="denied", origin=world.shop.origin)
        page.press("Tell me in this browser")
        page.wait("the permission is missing", "document.body.innerText.includes('does not let the shop send messages')")
        world.look(page, "desk-alerts-denied")
        page.cdp("Browser.setPermission", permission={"name": "notifications"}, setting="granted", origin=world.shop.origin)
        page.press("Tell me in this browser")
        page.wait("no message service", "document.body.innerText.includes('could not reach its message service')", 40)
        page.on_every_page(GIVES_AN_ADDRESS)
        page.open(f"{world.shop.origin}/admin/me")
        page.follow("Tell me in this browser")
        checks.contains("it is told", page.text, "This browser is told from now on", "Try it")
        world.look(page, "desk-alerts")
        page.cdp("ServiceWorker.enable")
        for tried in range(5):  # A browser that is busy starting its worker loses one.
            page.cdp("ServiceWorker.deliverPushMessage", origin=world.shop.origin, registrationId="0",
                     data='{"title": "Mama Njeri", "body": "No news from the provider for an hour."}')
            try:
                page.wait("the message is shown", f"({SHOWN}).then(all => all.length)", 10, promised=True)
                break
            except Failure:
                if tried == 4:
                    raise
        checks.equal("the message", set(page.evaluate(SHOWN, promised=True)),
                     {"Mama Njeri: No news from the provider for an hour."})
        page.follow("Stop")
        checks.contains("it is over", page.text, "That browser is told no more", "No browser of yours is told yet")


JOURNEYS = [
    ("The owner is told in the browser what is wrong, or reads why not", alerts),
]
