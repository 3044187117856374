"""Use cases: switch watching on or off, and keep where the links of a mailing lead."""

from __future__ import annotations

from collections.abc import Sequence

from blinker import Signal

from app.core import audit, clock
from app.core.db import add_new, db
from app.watching import queries, rules
from app.watching.models import Watch, WatchedLink

noted = Signal(
    "A reader opened their copy or followed a link in it (`seen`), in the transaction that notes it."
)


def switch(actor: str, *, is_on: bool) -> None:
    """Watch the mailings that begin from now on, or none."""
    if queries.is_on() is is_on:
        return
    db.session.add(Watch(is_on=is_on, changed_by=actor, changed_at=clock.now()))
    db.session.flush()
    audit.record(actor, "mailing.watch", "mailings", on=is_on)


def keep_links(mailing_id: int, links: Sequence[str]) -> dict[str, int]:
    """The numbers of a mailing's links, kept with where each leads."""
    numbers = {url: number for number, url in enumerate(rules.watchable(links), start=1)}
    if numbers:
        rows = [{"mailing_id": mailing_id, "number": number, "url": url} for url, number in numbers.items()]
        add_new(WatchedLink, rows)
    return numbers
