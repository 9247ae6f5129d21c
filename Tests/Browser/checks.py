"""What a journey says about what it sees."""

import time


class Failure(Exception):
    """A journey cannot go on."""


class Checks:
    """The findings of one journey; a failed check is noted and the journey goes on."""

    def __init__(self):
        self.failures = []

    def fail(self, what, expected, seen):
        self.failures.append(f"{what}\n      expected: {expected}\n      seen:     {seen}")

    def equal(self, what, seen, expected):
        if seen != expected:
            self.fail(what, repr(expected), repr(seen))

    def at_most(self, what, seen, limit):
        if seen > limit:
            self.fail(what, f"at most {limit}", seen)

    def true(self, what, condition, seen):
        if not condition:
            self.fail(what, "that it holds", seen)

    def contains(self, what, text, *parts):
        for part in parts:
            if part not in text:
                self.fail(what, f"words with {part!r}", repr(text))

    def lacks(self, what, text, *parts):
        for part in parts:
            if part.lower() in text.lower():
                self.fail(what, f"no {part!r}", repr(text))

    def nothing(self, what, findings):
        """Every finding is a failure of its own."""
        for finding in findings:
            self.fail(what, "nothing to find", finding)


def wait_until(what, ask, seconds=10, pause=0.05, describe=lambda: ""):
    """The first answer of `ask` that counts as true; asks every 50 ms."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s. {describe()}")
        time.sleep(pause)
