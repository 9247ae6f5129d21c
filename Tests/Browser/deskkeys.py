"""Journeys of the people who run the shop with passkeys: made, used at the door, and used before money goes out."""

import os
import sqlite3

from buying import heading_is, order
from desk import number_of, sign_in


class AtItsName:
    """The shop at the name of this machine: browsers give no passkeys to an address of numbers."""

    def __init__(self, shop):
        self.origin = f"http://localhost:{shop.port}"


def authenticator(page):
    """Gives the browser a phone's own authenticator, with a finger that is always the right one."""
    return page.driver.send("POST", f"{page.path}/webauthn/authenticator", {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserConsenting": True, "isUserVerified": True})


def is_somebody_else(page, key):
    """The finger is not the right one from now on."""
    page.driver.send("POST", f"{page.path}/webauthn/authenticator/{key}/uv", {"isUserVerified": False})


def sessions(shop, statement, *values):
    base = sqlite3.connect(os.path.join(shop.folder, "var", "duka.db"), timeout=10)
    with base:
        found = base.execute(statement, values).fetchall()
    base.close()
    return found


def long_ago(shop, since):
    """As if all who have signed in after the session `since` had last said who they are an hour ago."""
    sessions(shop, "UPDATE staff_sessions SET confirmed_at = confirmed_at - 3600000 WHERE rowid > ?", since)


def passkeys(world, checks):
    shop, phone, here = world.shop, "0712 000 168", AtItsName(world.shop)
    world.origins.add(here.origin)
    before = sessions(shop, "SELECT COALESCE(MAX(rowid), 0) FROM staff_sessions")[0][0]
    with world.browser("buyer") as page:
        order(page, shop, phone, "Akinyi Odera")
        shop.phones.touch(phone, "approve", pin="1234")
        heading_is(page, "Paid")
        number = number_of(world, page)
        page.wait("the code of M-PESA", "!!one('.code')", 12)
    with world.browser("keys", height=740) as page:
        sign_in(page, shop)
        page.open(f"{shop.origin}/admin/me")
        checks.contains("at the numbers", page.text, "Passkeys work at the desk’s own address", here.origin)
        checks.true("no dead button", not page.has("Make a passkey"), page.text)
        key = authenticator(page)
        sign_in(page, here)
        page.open(f"{here.origin}/admin/me")
        checks.contains("none yet", page.text, "You have none yet", "Make a passkey")
        world.look(page, "desk-passkeys-none")
        page.fill("A name for it", "My phone")
        page.follow("Make a passkey")
        checks.contains("it is made", page.text, "“My phone” is ready", "not used yet")
        world.look(page, "desk-passkeys")
        long_ago(shop, before)
        page.open(f"{here.origin}/admin/me")
        page.fill("A name for it", "Again")
        page.press("Use your passkey instead")
        page.wait("it is confirmed", "document.body.innerText.includes('Confirmed with your passkey')")
        page.press("Make a passkey")
        page.wait("one for each phone", "document.body.innerText.includes('has a passkey for you already')")
        # This browser takes the one passkey of the list under the name by itself, as if somebody had touched it.
        page.press("Sign out")
        heading_is(page, "What needs you")
        page.on_every_page("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
        page.follow("Sign out")
        checks.equal("the list is under the name", page.evaluate("one('#name').autocomplete"), "username webauthn")
        world.look(page, "desk-sign-in-passkey")
        page.follow("Sign in with a passkey")
        heading_is(page, "What needs you")
        page.open(f"{here.origin}/admin/me")
        checks.lacks("it was used", page.text, "not used yet")

        long_ago(shop, before)
        page.open(f"{here.origin}/admin/orders/{number}")
        page.press("Send money back")
        page.fill("Reason", "Torn bag")
        world.look(page, "desk-refund-passkey")
        is_somebody_else(page, key)
        page.press("Use your passkey instead")
        page.wait("another finger", "document.body.innerText.includes('stopped or took too long')", 30)
        page.driver.send("POST", f"{page.path}/webauthn/authenticator/{key}/uv", {"isUserVerified": True})
        page.press("Use your passkey instead")
        page.wait("it is confirmed", "document.body.innerText.includes('Confirmed with your passkey')")
        checks.equal("what was typed stays", page.value("Reason"), "Torn bag")
        world.look(page, "desk-refund-confirmed")
        page.follow("Ask for the refund")
        checks.contains("asked for", page.text, "waits to be approved")
        page.open(f"{here.origin}/admin/trail")
        checks.contains("the trail", page.text, "passkey added", "with the passkey My phone", "confirmed")

        # A key that is lost: removed with a new link, for a password alone does not do it.
        page.open(f"{here.origin}/admin/me")
        page.press("Remove My phone")
        page.follow("Remove the passkey My phone")
        checks.contains("removed", page.text, "“My phone” is removed", "You have none yet")
        page.follow("Sign out")
    with world.browser("keys-plain", script=False, width=320) as page:
        page.open(f"{here.origin}/admin")
        checks.true("no dead button", not page.has("Sign in with a passkey"), page.text)
        sign_in(page, here)
        page.open(f"{here.origin}/admin/me")
        checks.contains("what it needs", page.text, "Making a passkey needs script", "You have none yet")
        checks.true("no dead button", not page.has("Make a passkey"), page.text)
        world.look(page, "desk-passkeys-plain")


JOURNEYS = [
    ("The owner makes a passkey, signs in with it, and sends money back with it", passkeys),
]
