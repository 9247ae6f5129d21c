"""Every page and state that the journeys come to: a picture of it, and what is wrong with it."""

import os

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "audit.js"), encoding="utf-8") as script:
    AUDIT = script.read()

NARROW = 320


class Gallery:
    """Collects pictures, and findings without repetition."""

    def __init__(self, folder):
        self.folder = folder
        self.pages, self.findings = set(), {}
        os.makedirs(folder, exist_ok=True)

    def look(self, browser, page):
        """Takes the picture `<profile>-<page>.png` and audits the page as it is, and on the narrowest phone."""
        place = f"{browser.name}-{page}"
        self.pages.add(place)
        browser.shot(os.path.join(self.folder, f"{place}.png"))
        self.audit(browser, place)
        browser.resize(NARROW)
        self.audit(browser, f"{place} at {NARROW} px")
        browser.resize(browser.width)

    def audit(self, browser, place):
        for finding in browser.evaluate(AUDIT):
            self.findings.setdefault(finding, place)

    def sentences(self):
        return [f"{place}: {finding}" for finding, place in self.findings.items()]
