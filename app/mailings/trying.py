"""Who would get a mailing, for the officers' pages: at once for a few, by the worker for very many, whom no page waits for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import delete, select, update

from app.core import clock
from app.core.db import add_new, ask, db
from app.mailings.models import DryRunWish
from app.readers.models import Mailing
from app.sending import sifting
from app.sending.sifting import DryRun

LARGE = 200_000
"""More people than these are tried out by the worker."""
FRESH = timedelta(hours=1)
"""So long its word counts; who may be written to is asked again for each reader in any case."""


def find(mailing: Mailing) -> DryRun | None:
    """Who would get it; None for very many of whom the worker has not said it lately."""
    if sifting.count(mailing) <= LARGE:
        return sifting.try_out(mailing)
    wish = find_wish(mailing)
    if wish is None or wish.done_at is None or wish.done_at < clock.now() - FRESH:
        return None
    return _read(mailing, wish)


def find_wish(mailing: Mailing) -> DryRunWish | None:
    """What was asked of the worker about the mailing as it stands."""
    wish = db.session.get(DryRunWish, mailing.id, populate_existing=True)
    return wish if wish is not None and wish.revision == mailing.revision else None


def wish_for(mailing: Mailing) -> None:
    """Ask the worker; asked again while it counts, it goes on counting."""
    now = clock.now()
    row = {"mailing_id": mailing.id, "revision": mailing.revision, "asked_at": now, "found": {}}
    if not add_new(DryRunWish, row):
        over = (DryRunWish.revision != mailing.revision) | DryRunWish.done_at.is_not(None)
        again = update(DryRunWish).where(DryRunWish.mailing_id == mailing.id, over)
        ask(again.values(revision=mailing.revision, asked_at=now, done_at=None, found={}))


def list_wished() -> list[int]:
    """Numbers of the mailings that wait for it, the longest first."""
    waiting = select(DryRunWish.mailing_id).where(DryRunWish.done_at.is_(None))
    return list(db.session.scalars(waiting.order_by(DryRunWish.asked_at)))


def carry_out(mailing_id: int) -> None:
    """The worker's part; of the people only numbers are kept."""
    mailing = db.session.get_one(Mailing, mailing_id, populate_existing=True)
    revision, run = mailing.revision, sifting.try_out(mailing)
    samples = {why: [one.person_id for one in readers] for why, readers in run.samples.items()}
    found = {"total": run.total, "left_out": run.left_out, "languages": run.languages, "samples": samples}
    found["of_one_domain"] = run.of_one_domain  # a domain can be one person's own
    mine = update(DryRunWish).where(DryRunWish.mailing_id == mailing_id, DryRunWish.revision == revision)
    ask(mine.values(found=found, done_at=clock.now()))


def forget_old() -> None:
    """Drop what nobody may go by any more, and what was asked of a text that is another one by now."""
    ask(delete(DryRunWish).where(DryRunWish.asked_at < clock.now() - 2 * FRESH))


def _read(mailing: Mailing, wish: DryRunWish) -> DryRun:
    found = wish.found
    people = [number for numbers in found["samples"].values() for number in numbers]
    readers = {one.person_id: one for one in sifting.sift(mailing, people)}
    samples = {
        why: [readers[one] for one in numbers if one in readers] for why, numbers in found["samples"].items()
    }
    return DryRun(
        found["total"],
        Counter(found["left_out"]),
        Counter(found["languages"]),
        samples,
        Counter({"": found.get("of_one_domain", 0)}),
    )
