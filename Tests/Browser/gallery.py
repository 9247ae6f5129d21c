"""Every page and state that the journeys come to: a picture of it, and what is wrong with it."""

import os

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "audit.js"), encoding="utf-8") as script:
    AUDIT = script.read()

NARROW = 320

# Put there by `scripts/test` from requirements.txt.
AXE = os.path.join(HERE, "..", "..", ".build", "axe", "axe_playwright_python", "axe.min.js")
# Every rule of WCAG 2.2, level AA and below, and axe's own best practices. What it cannot decide is left to the project's
# own audit, which measures contrast.
AXE_RUN = """window.axe.run(document, {resultTypes: ['violations']}).then(answer => answer.violations.map(one =>
    `${one.impact}: ${one.help} (axe ${one.id}): ${one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')}`))"""


# Opens what can be opened; how many that are.
OPEN = """[...document.querySelectorAll('main details:not([open])')].map(e => { e.open = e.isOpenedToLook = true; return e; }).length"""
CLOSE = "document.querySelectorAll('main details').forEach(e => { if (e.isOpenedToLook) e.open = e.isOpenedToLook = false; })"


class Gallery:
    """Collects pictures, and findings without repetition."""

    def __init__(self, folder):
        self.folder = folder
        self.pages, self.findings = set(), {}
        with open(AXE, encoding="utf-8") as script:
            self.axe = script.read()
        os.makedirs(folder, exist_ok=True)

    def look(self, browser, page):
        """Takes the picture `<profile>-<page>.png` and audits the page as it is, and on the narrowest phone, also
        with all open that can be opened."""
        place = f"{browser.name}-{page}"
        self.pages.add(place)
        browser.shot(os.path.join(self.folder, f"{place}.png"))
        self.audit(browser, place)
        if browser.script:
            self.ask_axe(browser, place)
        browser.resize(NARROW)
        self.audit(browser, f"{place} at {NARROW} px")
        if browser.evaluate(OPEN):
            self.audit(browser, f"{place} at {NARROW} px, all of it open")
            browser.evaluate(CLOSE)
        browser.resize(browser.width)
        browser.settle()

    def audit(self, browser, place):
        for finding in browser.evaluate(AUDIT):
            self.findings.setdefault(finding, place)

    def ask_axe(self, browser, place):
        browser.cdp("Runtime.evaluate", expression=self.axe)
        for finding in browser.evaluate(AXE_RUN, promised=True):
            self.findings.setdefault(finding, place)

    def sentences(self):
        return [f"{place}: {finding}" for finding, place in self.findings.items()]
