"""The links of letters, looked at by the worker when a letter is saved: officers learn of a dead one before their readers do."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from app.core import clock
from app.core.db import add_new, ask, db
from app.mailings import looking
from app.mailings.models import LinkLook
from app.version import __version__

FRESH = timedelta(hours=12)
"""So long what was found counts."""
LONGEST = 2_000
MOST = 50
"""Links of one letter that are looked at."""
RUN_SECONDS = 60.0


def wish_for(links: Iterable[str]) -> None:
    """Have the worker look at these, as far as it did not lately."""
    now = clock.now()
    wanted = sorted(set(map(_page, filter(_is_page, links))))[:MOST]
    rows = [{"url": url, "asked_at": now, "found": ""} for url in wanted]
    if rows:
        add_new(LinkLook, rows)
        stale = LinkLook.url.in_(wanted) & (LinkLook.looked_at < now - FRESH)
        ask(update(LinkLook).where(stale).values(asked_at=now, looked_at=None, found=""))


def look() -> None:
    """The worker's part: look at each that waits, and forget what nobody asked for again."""
    waiting = select(LinkLook.url).where(LinkLook.looked_at.is_(None)).order_by(LinkLook.asked_at)
    until = time.monotonic() + RUN_SECONDS
    for url in db.session.scalars(waiting).all():
        if time.monotonic() > until:
            return
        db.session.commit()  # nothing is held while somebody else thinks
        found = _look_at(url)
        mine = update(LinkLook).where(LinkLook.url == url, LinkLook.looked_at.is_(None))
        ask(mine.values(looked_at=clock.now(), found=found))
        db.session.commit()
    ask(delete(LinkLook).where(LinkLook.asked_at < clock.now() - 60 * FRESH))
    db.session.commit()


def found_of(links: Collection[str]) -> dict[str, str | None]:
    """What was found at each of these: a word of `looking`, or None as long as it waits."""
    pages = {_page(one) for one in links if _is_page(one)}
    rows = db.session.scalars(select(LinkLook).where(LinkLook.url.in_(pages)).order_by(LinkLook.url))
    return {row.url: row.found if row.looked_at else None for row in rows}


def _look_at(url: str) -> str:
    """Pages of this site are asked of the site itself: its own name may lead elsewhere from here."""
    base = current_app.config["CIVIC"].base_url
    if url == base or url.startswith(f"{base}/"):
        with current_app.app_context():
            return looking.judge(current_app.test_client().get(url).status_code)
    return looking.look_at(url, f"civic/{__version__} (looks at links of letters; {base})")


def _is_page(link: str) -> bool:
    return link.startswith(("https://", "http://")) and len(link) <= LONGEST


def _page(link: str) -> str:
    return link.partition("#")[0]
