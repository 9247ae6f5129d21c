#!/usr/bin/env python3
"""Buys in a real browser, in every way that people do, and looks at each page on the way.

Run from the repository's root after `swift build`. Words after the command choose journeys by a part of their names.
Pictures of every page and state are kept in .build/screenshots.
"""

import os
import sys
import time
import traceback

sys.dont_write_bytecode = True

import again
import airtel
import buying
import byhand
import desk
import deskalerts
import deskhooks
import deskkeys
import deskmenu
import deskpeople
import deskmoney
import deskorders
import door
import fromempty
import letters
import offline
import onpage
import otherway
import pages
from checks import Checks, Failure
from gallery import Gallery
from shop import Shop
from webdriver import Browser, Driver

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class World:
    """What every journey may use; remembers what all of them saw."""

    def __init__(self, shop, driver):
        self.shop, self.driver, self.root = shop, driver, ROOT
        self.gallery = Gallery(os.path.join(ROOT, ".build", "screenshots"))
        self.documents, self.urls, self.notes, self.origins = [], set(), [], {shop.origin}
        # Pages of the simulated providers, which are not the shop's.
        self.providers = {shop.phones.origin}

    def browser(self, name, **wishes):
        return Visit(self, Browser(self.driver, name, **wishes))

    def look(self, browser, page):
        self.gallery.look(browser, page)

    def picture(self, name):
        return os.path.join(self.gallery.folder, f"{name}.png")

    def say(self, note):
        self.notes.append(note)


class Visit:
    """A browser that is closed at the end of its `with`; a page on which a journey ended badly is kept as a picture."""

    def __init__(self, world, browser):
        self.world, self.browser = world, browser

    def __enter__(self):
        return self.browser

    def __exit__(self, kind, *_):
        try:
            if kind:
                self.browser.shot(self.world.picture(f"{self.browser.name}-ended-here"))
        finally:
            self.browser.close()
        providers = tuple(f"{origin}/" for origin in self.world.providers)
        self.world.documents += [one for one in self.browser.documents if not one["url"].startswith(providers)]
        self.world.urls |= {one["url"] for one in self.browser.seen()}


def run(name, journey, world):
    """Whether it passed; prints the line."""
    checks, started = Checks(), time.monotonic()
    world.notes.clear()
    try:
        journey(world, checks)
    except Failure as failure:
        checks.failures.append(str(failure))
    except Exception:
        checks.failures.append(traceback.format_exc())
    seconds = time.monotonic() - started
    print(f"{'FAILED' if checks.failures else 'passed'}  {name} ({seconds:.1f} s)", flush=True)
    for note in world.notes:
        print(f"        {note}")
    for failure in checks.failures:
        print(f"    - {failure}", flush=True)
    return not checks.failures


def main(words):
    parts = (desk.FIRST, buying.JOURNEYS, again.JOURNEYS, byhand.JOURNEYS, letters.JOURNEYS, otherway.JOURNEYS,
             airtel.JOURNEYS, onpage.JOURNEYS, offline.JOURNEYS, door.JOURNEYS, desk.JOURNEYS, deskmoney.JOURNEYS,
             deskpeople.JOURNEYS, deskkeys.JOURNEYS, deskalerts.JOURNEYS, deskhooks.JOURNEYS, deskorders.JOURNEYS,
             deskmenu.JOURNEYS, fromempty.JOURNEYS, pages.JOURNEYS)
    journeys = [(name, journey) for part in parts for name, journey in part
                if not words or any(word.lower() in name.lower() for word in words)]
    started = time.monotonic()
    driver = Driver()
    try:
        shop = Shop(ROOT)
        try:
            world = World(shop, driver)
            passed = sum(run(name, journey, world) for name, journey in journeys)
            failed = len(journeys) - passed
            if failed:
                print("The shop's log ends with:\n" + "\n".join(shop.log().splitlines()[-20:]))
        finally:
            shop.close()
    finally:
        driver.close()
    print(f"{passed} passed, {failed} failed ({time.monotonic() - started:.0f} s)")
    return 0 if journeys and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
