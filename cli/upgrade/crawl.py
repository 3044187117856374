"""Reads a site's public pages from the front page on, and compares what two releases make of the same data."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cli.lifecycle.ask import Answer

MOST_PAGES = 80
TRIES = 3
SHARED_SECONDS = 1.2
"""An answer may be shared for a second (ADR 10): a slow page must be asked again later, or it would look fast."""
SLOW_SECONDS = 1.0
TIMES_SLOWER = 5
_LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#?]*)[^"]*"')


@dataclass(frozen=True)
class Visit:
    """A page as it was met: its status, the seconds of its fastest answer, its length in characters."""

    status: int
    seconds: float
    length: int


def crawl(ask_page: Callable[[str], Answer], first: Sequence[str]) -> dict[str, Visit]:
    """The pages that can be reached from `first`, breadth first, MOST_PAGES of them at most."""
    visits: dict[str, Visit] = {}
    waiting = list(first)
    while waiting and len(visits) < MOST_PAGES:
        page = waiting.pop(0)
        if page in visits:
            continue
        answer, visits[page] = _visit(ask_page, page)
        waiting += [link for link in _LINK.findall(answer.text) if link not in visits]
    return visits


def visit_all(ask_page: Callable[[str], Answer], pages: Sequence[str]) -> dict[str, Visit]:
    """These pages and no others."""
    return {page: _visit(ask_page, page)[1] for page in pages}


def find_faults(old: Mapping[str, Visit], new: Mapping[str, Visit]) -> list[str]:
    """What residents would lose: pages that fail, vanish or become slow. One line a page."""
    faults = []
    for page, before in old.items():
        after = new[page]
        if after.status >= 500 or after.status == 0:
            faults.append(f"{page} answers {after.status or 'nothing'} (now {before.status})")
        elif before.status == 200 and after.status >= 400:
            faults.append(f"{page} is gone: {after.status}")
        elif after.seconds > max(SLOW_SECONDS, TIMES_SLOWER * before.seconds):
            faults.append(f"{page} takes {after.seconds:.1f} s (now {before.seconds:.2f} s)")
    return faults


def count_changed(old: Mapping[str, Visit], new: Mapping[str, Visit]) -> int:
    """How many pages have another length or status: what the new release shows differently."""
    return sum((one.status, one.length) != (new[page].status, new[page].length) for page, one in old.items())


def _visit(ask_page: Callable[[str], Answer], page: str) -> tuple[Answer, Visit]:
    """Once; again where it was slow, for a release that was just started is slow at first."""
    fastest = float("inf")
    for place in range(TRIES):
        time.sleep(SHARED_SECONDS if place else 0)
        begun = time.monotonic()
        answer = ask_page(page)
        fastest = min(fastest, time.monotonic() - begun)
        if fastest <= SLOW_SECONDS:
            break
    return answer, Visit(answer.status, fastest, len(answer.text))
