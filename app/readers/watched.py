"""Mailings that are watched: their letters are prepared for it, what readers did is noted, and forgotten in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from flask_babel import gettext
from sqlalchemy import func, or_, select, update

from app.composing.letter import Composed
from app.core import clock
from app.core.db import ask, count_changed, db
from app.mail.letters import writing_in
from app.readers.models import Mailing, Recipient
from app.watching import rules
from app.watching import service as watching
from app.watching.tokens import Seen, address

KEPT = timedelta(days=90)
"""So long after a mailing ended it is known who opened it."""


def prepare(mailing: Mailing, composed: Mapping[str, Composed]) -> None:
    """Lead the links of its letters through the site, which keeps where each leads, and put the picture in."""
    numbers = watching.keep_links(mailing.id, [link for one in composed.values() for link in one.links])
    for language, one in composed.items():
        with writing_in(language):
            note = gettext("This letter tells us whether you open it and which links you follow.")
        one.html = rules.watch(one.html, numbers, note)


def addresses(mailing_id: int, person_id: int, language: str, names: Collection[str]) -> dict[str, str]:
    """The reader's own addresses for those of these fields that are of a watched letter."""
    numbers = {name: int(name.removeprefix(rules.LINK)) for name in names if name.startswith(rules.LINK)}
    if rules.OPENED in names:
        numbers[rules.OPENED] = rules.PICTURE
    return {name: address(Seen(mailing_id, person_id, number), language) for name, number in numbers.items()}


def count(mailing_id: int) -> tuple[int, int]:
    """How many readers opened it, and how many followed a link; whoever did that has opened it."""
    opened = func.count().filter(or_(Recipient.opened_on.is_not(None), Recipient.clicked_on.is_not(None)))
    clicked = func.count().filter(Recipient.clicked_on.is_not(None))
    row = ask(select(opened, clicked).where(Recipient.mailing_id == mailing_id)).one()
    return row[0], row[1]


@watching.noted.connect
def note(_sender: object, seen: Seen) -> None:
    """Somebody opened their copy or followed a link in it: the first day counts, and none once it was forgotten."""
    mine = (Recipient.mailing_id == seen.mailing_id) & (Recipient.person_id == seen.person_id)
    is_watched = Recipient.mailing_id.in_(select(Mailing.id).where(Mailing.is_watched))
    today = clock.now().date()
    column = Recipient.clicked_on if seen.number else Recipient.opened_on
    ask(update(Recipient).where(mine, is_watched, column.is_(None)).values({column: today}))


def forget_old() -> int:
    """Forget of mailings that ended long ago who opened them; returns of how many mailings."""
    old = (Mailing.is_watched, Mailing.ended_at < clock.now() - KEPT)
    readers = update(Recipient).where(Recipient.mailing_id.in_(select(Mailing.id).where(*old)))
    db.session.execute(
        readers.values(opened_on=None, clicked_on=None), execution_options={"synchronize_session": False}
    )
    return count_changed(update(Mailing).where(*old).values(is_watched=False))
