"""Asks the site for pages as residents do, all through an upgrade: what it saw is the upgrade's record, and can turn it back."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.settings import Settings
from cli.lifecycle import ask
from cli.lifecycle.ask import Answer
from cli.lifecycle.verify import trust

PAUSE_SECONDS = 0.05
THREADS = 2
ANSWER_SECONDS = 20
MOST_FAILED_SHARE = 0.01
SLOW_MS = 2_000
TIMES_SLOWER = 10


@dataclass(frozen=True)
class Seen:
    """What residents met with in a span of time; milliseconds."""

    requests: int = 0
    failed: int = 0
    slowest_ms: int = 0
    p99_ms: int = 0
    failure: str = ""

    def in_words(self) -> str:
        """`1,742 requests, 0 failed, slowest 140 ms`."""
        return f"{self.requests:,} requests, {self.failed} failed, slowest {self.slowest_ms} ms"

    def find_fault(self, calm: Seen) -> str:
        """Why residents are worse off than they were when it was `calm`; empty when they are not."""
        if self.failed > self.requests * MOST_FAILED_SHARE:
            return f"{self.failed} of {self.requests} requests failed: {self.failure}"
        if self.p99_ms > max(SLOW_MS, TIMES_SLOWER * calm.p99_ms):
            return f"pages take {self.p99_ms} ms (99 of 100 are faster); before it was {calm.p99_ms} ms"
        return ""


class Prober:
    """Asks for `pages` in turn, from threads of its own, between `start` and `stop`, or until this process ends."""

    def __init__(self, ask_page: Callable[[str], Answer], pages: Sequence[str]) -> None:
        self._ask = ask_page
        self._pages = pages
        self._answers: list[tuple[int, str]] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._probe, args=(n,), daemon=True) for n in range(THREADS)]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more; what was seen stays. Nothing when it never began."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(ANSWER_SECONDS)

    def mark(self) -> int:
        """This moment, for `seen`."""
        return len(self._answers)

    def seen(self, since: int = 0) -> Seen:
        """What was seen since a moment."""
        answers = self._answers[since:]
        if not answers:
            return Seen()
        times = sorted(took for took, _ in answers)
        failures = [failure for _, failure in answers if failure]
        return Seen(
            requests=len(answers),
            failed=len(failures),
            slowest_ms=times[-1],
            p99_ms=times[math.ceil(len(times) * 0.99) - 1],
            failure=failures[0] if failures else "",
        )

    def _probe(self, turn: int) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            page = self._pages[turn % len(self._pages)]
            begun = time.monotonic()
            answer = self._ask(page)
            took = round((time.monotonic() - begun) * 1000)
            failed = answer.status == 0 or answer.status >= 500
            self._answers.append((took, f"{page}: {answer.status} {answer.text[:120]}" if failed else ""))
            turn += 1


def front_door(checked: Settings) -> Callable[[str], Answer]:
    """How a resident's browser asks for a page, whatever ends TLS."""
    if checked.tls == "proxy":
        headers = {"Host": checked.hostname, "X-Forwarded-Proto": "https"}
        return lambda page: ask.over_http(page, headers, seconds=ANSWER_SECONDS)
    context = trust(checked)
    return lambda page: ask.over_tls(page, checked.hostname, context, seconds=ANSWER_SECONDS)
