"""What holds on every page: weight, words, access."""

import base64
import gzip
import re
import time
from concurrent.futures import ThreadPoolExecutor

from buying import heading_is, order, to_checkout
from checks import wait_until

# When the largest part of the page was painted, and how much of it moved afterwards.
SHOWN = """Promise.all(['largest-contentful-paint', 'layout-shift'].map(type => new Promise(tell => {
    new PerformanceObserver(list => tell(list.getEntries())).observe({ type, buffered: true }); setTimeout(tell, 500, []); })))
    .then(([paints, shifts]) => [paints.length ? paints.at(-1).startTime : 0, shifts.reduce((sum, one) => sum + one.value, 0)])"""

# Notes how long each touch or key press took until the next paint, through all pages of a visit: the longest of its
# events, as for Interaction to Next Paint. Events of less than 16 ms are not told by the browser.
NOTE_RESPONSES = """(() => {
    const note = entries => {
        const known = JSON.parse(sessionStorage.responses || '{}');
        for (const one of entries) if (one.interactionId) {
            const key = performance.timeOrigin + ' ' + one.interactionId, last = known[key];
            if (!last || last[0] < one.duration) known[key] = [one.duration, one.name + ' on ' + location.pathname];
        }
        sessionStorage.responses = JSON.stringify(known);
    };
    if (!location.protocol.startsWith('http')) return;
    note([]);
    const observer = new PerformanceObserver(list => note(list.getEntries()));
    observer.observe({ type: 'event', durationThreshold: 16 });
    addEventListener('pagehide', () => note(observer.takeRecords()));
})()"""

# Every way in which a prompt can end without money, by the codes of M-PESA.
NEGATIVE_CODES = ["1", "2", "3", "4", "8", "17", "26", "1001", "1019", "1025", "1032", "1036", "1037", "2001", "2028",
                  "8006", "9999", "SFC_IC0003", "E3008"]
# A code that nobody knows is no evidence: it must not end the waiting.
UNKNOWN_CODE = "7777"
WAITING = ("Sending the prompt", "Look at your phone", "Still checking")


def heading(html):
    return re.search(r"<h1[^>]*>(.*?)</h1>", html)[1]


def every_no_in_words(world, checks):
    shop = world.shop
    phones = {code: f"0711 000 {200 + place}" for place, code in enumerate(NEGATIVE_CODES + [UNKNOWN_CODE])}

    def run(code):
        shop.phones.story(phones[code], {"outcome": code, "decisionMilliseconds": 200})
        path = shop.order(shop.checkout_form(phones[code]))
        said = set()

        def ended():
            html = shop.send("GET", path).body
            said.add(heading(html))
            return html if not heading(html).startswith(WAITING) else None

        end = time.monotonic() + 45
        while not (html := ended()) and time.monotonic() < end and code != UNKNOWN_CODE:
            time.sleep(0.2)
        return code, path, said, html

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, [UNKNOWN_CODE] + NEGATIVE_CODES))
    with world.browser("phone") as page:
        for code, path, said, html in results:
            checks.equal(f"{code}: the page ends its waiting", bool(html), code != UNKNOWN_CODE)
            checks.lacks(f"{code}: while waiting", " ".join(one for one in said if one.startswith(WAITING)), "fail")
            page.open(shop.origin + path)
            world.look(page, f"code-{code}")
            text = page.text
            checks.lacks(f"{code}: the page", text.replace("KSh 950", ""), "ResultDesc", "errorCode", "initiator", "DS timeout", "SMSC", "rule limited")
            if len(code) > 2:
                checks.lacks(f"{code}: the page names no code", re.sub(r"Order \w+|\d\d:\d\d(:\d\d)?", "", text), f" {code} ", f"({code})")
            if html:
                checks.true(f"{code}: what to do now", any(page.has(name) for name in ("Try again", "Check now", "0712 000 000")), page.heading)
    checks.equal("money that moved", sum(shop.phones.debited(phone) for phone in phones.values()), 0)


def weight(world, checks):
    shop = world.shop
    with world.browser("phone") as page:
        to_checkout(page, shop)
        page.wait("the pay button", "!!control('Pay KSh')")
        # The icon comes when the page is at rest.
        wait_until("the page's files", lambda: all("status" in one for one in page.listen()))
        loaded = page.listen()
        document = loaded[0]
        checks.equal("the first request", [document["type"], document["headers"].get("content-encoding")], ["Document", "gzip"])
        checks.at_most("bytes of the first checkout response", document["bytes"], 14 * 1024)
        checks.at_most("bytes to the pay button", sum(one["bytes"] for one in loaded), 60 * 1024)
        checks.at_most("requests to the pay button", len(loaded), 5)
        checks.at_most("bytes of script", sum(one["bytes"] for one in loaded if one["type"] == "Script"), 10 * 1024)
        checks.equal("fonts", [one["url"] for one in loaded if one["type"] == "Font"], [])
        checks.equal("other origins", [one["url"] for one in loaded if not one["url"].startswith(shop.origin + "/")], [])
        fields = page.evaluate("[...document.querySelectorAll('main input:not([type=hidden])')].filter(shown).map(e => e.name)")
        checks.at_most(f"visible fields ({', '.join(fields)})", len(set(fields)), 8)
        world.say(f"{document['bytes']} bytes for the page, {sum(one['bytes'] for one in loaded)} bytes and {len(loaded)} requests in all, {len(set(fields))} fields")
        script = shop.send("GET", "/duka.js").raw
        checks.at_most("bytes of script before compression", len(script), 10 * 1024)
        checks.at_most("bytes of script compressed", len(gzip.compress(script)), 10 * 1024)
        status = waiting_traffic(world, checks, page)
        checks.at_most("bytes of one status update", status, 300)
    with world.browser("slow-phone") as page:
        page.network(milliseconds=400, kilobits=400)
        page.cdp("Emulation.setCPUThrottlingRate", rate=4)
        to_checkout(page, shop)
        paint, shift = page.evaluate(SHOWN, promised=True)
        checks.true("a paint was measured", paint > 0, paint)
        checks.at_most("milliseconds to the largest paint on a slow phone", paint, 2500)
        checks.at_most("layout shift on a slow phone", shift, 0.05)
        world.say(f"{paint:.0f} ms to the largest paint on a slow phone, layout shift {shift:.3f}")


def responses(world, checks):
    """Interaction to Next Paint over a whole purchase on a slow phone. The figure is told, not judged: it is this
    machine's as much as the page's."""
    shop = world.shop
    with world.browser("slow-phone") as page:
        page.on_every_page(NOTE_RESPONSES)
        page.network(milliseconds=400, kilobits=400)
        page.cdp("Emulation.setCPUThrottlingRate", rate=4)
        page.open(f"{shop.origin}/")
        page.follow("Kericho loose tea")
        page.follow("Add to cart")
        page.follow("Go to checkout")
        page.choose("Rider within Nairobi")
        page.choose("Parcel to another town")
        page.write("Delivery place", "Kisumu, stage")
        page.write("Your name", "Achieng")
        page.write("M-PESA phone number", "0712 99")
        page.follow("Pay KSh")
        page.follow("Kiswahili")
        page.write("Nambari ya simu ya M-PESA", "0712 000 122")
        page.follow("Lipa KSh")
        heading_is(page, "Angalia simu yako")
        known = page.evaluate("new Promise(tell => setTimeout(() => tell(sessionStorage.responses), 500)).then(JSON.parse)", promised=True)
    checks.true("responses were watched", known is not None, known)
    slowest = sorted(known.values(), reverse=True)
    shown = ", ".join(f"{time:.0f} ms {what}" for time, what in slowest[:4])
    world.say(f"{slowest[0][0] if slowest else 16:.0f} ms at most from a touch or a key to the next paint on a slow phone (INP; wanted: 200)")
    world.say(f"{len(slowest)} took 16 ms or more: {shown}")


def waiting_traffic(world, checks, page):
    """Bytes of the body of one look at the status."""
    order(page, world.shop, "0712 000 120")
    heading_is(page, "Look at your phone")
    answer = world.shop.send("GET", page.address.replace(world.shop.origin, "") + "/status")
    checks.equal("the status is for nobody's cache", answer.getheader("Cache-Control"), "no-store")
    return len(answer.raw)


def headers(world, checks):
    """Every document that any journey was given."""
    checks.true("documents were seen", len(world.documents) > 20, len(world.documents))
    missing = set()
    for document in world.documents:
        path = re.sub(r"/orders/[\w-]+", "/orders/…", document["url"].replace(world.shop.origin, "")).split("?")[0]
        policy = document["headers"].get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            missing.add(f"{path} ({document['status']}): Content-Security-Policy “{policy}”")
        if document["headers"].get("referrer-policy") != "no-referrer":
            missing.add(f"{path} ({document['status']}): Referrer-Policy “{document['headers'].get('referrer-policy')}”")
        if path.startswith(("/orders", "/checkout")) and "no-store" not in document["headers"].get("cache-control", ""):
            missing.add(f"{path} ({document['status']}): Cache-Control “{document['headers'].get('cache-control')}”")
    checks.nothing("headers of every page", sorted(missing))
    others = {url for url in world.urls if not url.startswith(tuple(f"{origin}/" for origin in world.origins | world.providers))}
    checks.nothing("requests to other origins", sorted(others))


def dark_and_paper(world, checks):
    """The dark scheme and no motion, on the pages that matter most; then paper."""
    shop = world.shop
    with world.browser("dark") as page:
        page.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}, {"name": "prefers-reduced-motion", "value": "reduce"}])
        for path, name in (("/", "catalogue"), ("/products/kanga", "sold-out"), ("/cart?c=kisii-bowl:2,kikoi:1", "cart"), ("/cart?c=kanga:1", "cart-sold-out"),
                           ("/cart", "cart-empty"), ("/products/nothing", "no-such-page"), ("/checkout?c=kikoi:1&lang=sw", "sw-checkout")):
            page.open(shop.origin + path)
            world.look(page, name)
        page.leave(lambda: page.press("Lipa KSh"))
        world.look(page, "sw-errors")
        page.open(f"{shop.origin}/?lang=en")
        order(page, shop, "0712 000 121", product="kikoi")
        heading_is(page, "Look at your phone")
        world.look(page, "waiting")
        checks.equal("nothing moves for who wants no motion", page.evaluate("getComputedStyle(one('.pulse circle')).animationName"), "none")
        shop.phones.touch("0712 000 121", "approve", pin="1234")
        heading_is(page, "Paid", 5)
        world.look(page, "paid")
        page.follow("See the receipt")
        world.look(page, "receipt")
        page.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        hidden = page.evaluate("[...document.querySelectorAll('button, header, footer, .go')].filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 40))")
        checks.equal("on paper stand no buttons", hidden, [])
        for size, width, height in (("A4", 8.27, 11.69), ("A6", 4.13, 5.83)):
            checks.equal(f"pages of {size} paper", paper(page, width, height), 1)


def paper(page, width, height):
    pdf = base64.b64decode(page.cdp("Page.printToPDF", paperWidth=width, paperHeight=height, preferCSSPageSize=False)["data"])
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def audit(world, checks):
    world.say(f"{len(world.gallery.pages)} pages and states looked at")
    checks.true("pages were looked at", len(world.gallery.pages) > 0, len(world.gallery.pages))
    checks.nothing("the audit of every page", world.gallery.sentences())


JOURNEYS = [
    ("Every no of M-PESA is said in plain words", every_no_in_words),
    ("The checkout is light: bytes, requests, fields", weight),
    ("A slow phone answers touches and keys", responses),
    ("Dark pages stand still for who wants no motion, and the receipt fits on paper", dark_and_paper),
    ("Every page came with its protecting headers, and from nowhere else", headers),
    ("Every page and state passes the audit of access, contrast and sizes", audit),
]
