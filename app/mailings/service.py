"""Use cases of officers: write a mailing, confirm it in a second step, take it back, pause, stop, copy it.

Each asks in its own statement whether the mailing still is where the officer saw it: two who press at once do it once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext
from sqlalchemy import delete, select, update

from app.core import audit, clock
from app.core.db import add_new, count_changed, db
from app.mail import outbox
from app.mailings import checks, links, mails, trying
from app.mailings.errors import (
    GrownMeanwhile,
    MailingChanged,
    NobodyToWriteTo,
    NotCounted,
    NotNow,
    NotReady,
    WrongCount,
    WrongMailing,
)
from app.people.models import ContactPoint
from app.people.rules import normalize_address
from app.readers import queries
from app.readers.models import Mailing, Recipient, Texts
from app.readers.rules import UNDER_WAY, Standing, State
from app.sending import copies, rules

MOST_ADDRESSES = 2000


@dataclass(frozen=True)
class Words:
    """What an officer has written, read from the form and without a fault of its own."""

    title: str
    purpose: str
    audience: str
    apart_days: int
    texts: Texts
    addresses: Sequence[str] = ()


def write(actor: str, words: Words, mailing: Mailing | None = None, revision: int = 0) -> Mailing:
    """Save a new mailing, or a draft's next revision. Raises: WrongMailing, NotNow, MailingChanged."""
    people = _known(words.addresses) if words.audience == "people" else []
    values = {
        "title": words.title,
        "purpose": words.purpose,
        "audience": words.audience,
        "apart_days": words.apart_days,
        "texts": words.texts,
    }
    if mailing is None:
        mailing = Mailing(**values, made_by=actor, made_at=clock.now())
        db.session.add(mailing)
        db.session.flush()
    else:
        _change(mailing, revision, {**values, "halted": ""})
    db.session.execute(delete(Recipient).where(Recipient.mailing_id == mailing.id))
    if people:
        row = {"mailing_id": mailing.id, "state": str(Standing.CHOSEN), "at": clock.now()}
        add_new(Recipient, [{**row, "person_id": person} for person in people])
    links.wish_for(copies.links_of(mailing))
    audit.record(
        actor, "mailing.write", f"mailing:{mailing.id}", audience=words.audience, purpose=words.purpose
    )
    return mailing


def copy(actor: str, mailing: Mailing) -> Mailing:
    """A new draft with the words and readers of another mailing."""
    made = Mailing(
        title=gettext("Copy of %(title)s", title=mailing.title)[: rules.LONGEST_TITLE],
        purpose=mailing.purpose,
        audience=mailing.audience,
        apart_days=mailing.apart_days,
        texts=mailing.texts,
        made_by=actor,
        made_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    if mailing.audience == "people":
        listed = db.session.scalars(select(Recipient.person_id).where(Recipient.mailing_id == mailing.id))
        row = {"mailing_id": made.id, "state": str(Standing.CHOSEN), "at": clock.now()}
        rows = [{**row, "person_id": person} for person in listed]
        if rows:
            add_new(Recipient, rows)
    links.wish_for(copies.links_of(made))
    audit.record(actor, "mailing.write", f"mailing:{made.id}", copy_of=mailing.id)
    return made


@dataclass(frozen=True)
class Confirmation:
    """What the second step says: the revision and number that the page showed, the number that was typed, and from when on.

    `faults`: what is wrong with the hour, by field.
    """

    revision: int
    shown: int
    typed: str
    wanted_at: datetime | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


def confirm(actor: str, mailing: Mailing, said: Confirmation) -> None:
    """Let the mailing leave: in ten minutes, at the hour that was chosen, or when the hours of quiet end.

    Raises: NotCounted, NotReady, NobodyToWriteTo, GrownMeanwhile, WrongCount, WrongMailing, NotNow, MailingChanged; then
    nothing is sent.
    """
    run = trying.find(mailing)
    if run is None:
        raise NotCounted
    now_number = run.number
    if now_number == 0:
        raise NobodyToWriteTo
    if any(one.blocks for one in checks.list_faults(mailing)):
        raise NotReady
    if rules.has_grown(said.shown, now_number):
        raise GrownMeanwhile(said.shown, now_number)
    if re.sub(r"[\s.,\u202f]", "", said.typed) != str(said.shown):
        raise WrongCount(said.shown, said.faults)
    if said.faults:
        raise WrongMailing(fields=dict(said.faults))
    settings, now = current_app.config["CIVIC"], clock.now()
    send_at = rules.leave_at(said.wanted_at, now, settings.mail_quiet_hours, ZoneInfo(settings.time_zone))
    who = {"confirmed_by": actor, "confirmed_at": now, "expected": now_number, "send_at": send_at}
    _change(mailing, said.revision, {**who, "state": str(State.SCHEDULED), "halted": ""})
    audit.record(actor, "mailing.confirm", f"mailing:{mailing.id}", people=now_number, send_at=send_at)


def take_back(actor: str, mailing: Mailing) -> None:
    """Make a draft again of a mailing of which nothing has left. Raises: NotNow once it has begun."""
    _steer(mailing, (State.SCHEDULED,), {"state": str(State.DRAFT), "send_at": None, "paused_at": None})
    audit.record(actor, "mailing.take_back", f"mailing:{mailing.id}")


def pause(actor: str, mailing: Mailing, *, is_paused: bool = True) -> None:
    """Let no further copy leave, or go on, which in hours of quiet waits for their end.

    Raises: NotNow when the mailing is not under way.
    """
    now = clock.now()
    _steer(mailing, UNDER_WAY, {"paused_at": now if is_paused else None})
    outbox.pause_circulars(mailing.circulars.values(), now if copies.is_held_back(mailing) else None)
    audit.record(actor, "mailing.pause", f"mailing:{mailing.id}", paused=is_paused)


def stop(actor: str, mailing: Mailing) -> int:
    """Send no further copy, ever; returns how many people do not get it. Raises: NotNow when it is not under way."""
    _steer(mailing, UNDER_WAY, {"state": str(State.STOPPED), "ended_at": clock.now()})
    for number in mailing.circulars.values():
        outbox.cancel_circular(number)
    copies.settle(mailing.id)
    waits = (Recipient.mailing_id == mailing.id) & (Recipient.state == str(Standing.CHOSEN))
    not_yet = update(Recipient).where(waits).values(state=str(Standing.STOPPED), at=clock.now())
    count_changed(not_yet)
    stopped = queries.tally(mailing.id)[Standing.STOPPED]
    audit.record(actor, "mailing.stop", f"mailing:{mailing.id}", people=stopped)
    return stopped


@copies.given_back.connect
def tell_of(_sender: object, mailing: Mailing) -> None:
    """Nobody looks at a page at the hour at which a mailing leaves by itself."""
    mails.given_back(mailing)


def discard(actor: str, mailing: Mailing) -> None:
    """Delete a draft. Raises: NotNow for what was confirmed: what was sent stays on record."""
    gone = delete(Mailing).where(Mailing.id == mailing.id, Mailing.state == str(State.DRAFT))
    if not count_changed(gone):
        raise NotNow
    audit.record(actor, "mailing.discard", f"mailing:{mailing.id}")


def listed_addresses(mailing: Mailing) -> list[str]:
    """The addresses of the people on a mailing's list, for its form."""
    found = select(ContactPoint.address).join(Recipient, Recipient.person_id == ContactPoint.person_id)
    mine = found.where(Recipient.mailing_id == mailing.id).order_by(ContactPoint.address)
    return list(db.session.scalars(mine)) if mailing.audience == "people" else []


def _known(addresses: Sequence[str]) -> list[int]:
    """The people of these addresses. Raises: WrongMailing, with all that nobody has."""
    read = {typed: normalize_address(typed) for typed in addresses}
    found = select(ContactPoint.normalized, ContactPoint.person_id)
    rows = db.session.execute(found.where(ContactPoint.normalized.in_([one for one in read.values() if one])))
    people = {address: person for address, person in rows}
    unknown = [typed for typed, address in read.items() if address not in people]
    if unknown:
        some = ", ".join(one[:60] for one in unknown[:10])
        raise WrongMailing(
            fields={
                "addresses": gettext(
                    "%(number)s of these addresses belong to no account, so nothing was saved: %(some)s",
                    number=len(unknown),
                    some=some,
                )
            }
        )
    return sorted(set(people.values()))


def _change(mailing: Mailing, revision: int, values: dict[str, Any]) -> None:
    """Change a draft, if it is the revision that was seen."""
    seen = (Mailing.id == mailing.id) & (Mailing.state == str(State.DRAFT)) & (Mailing.revision == revision)
    if not count_changed(update(Mailing).where(seen).values(**values, revision=Mailing.revision + 1)):
        db.session.expire(mailing)
        raise MailingChanged if queries.get_mailing(mailing.id).state == State.DRAFT else NotNow
    db.session.refresh(mailing)


def _steer(mailing: Mailing, states: Sequence[str], values: dict[str, Any]) -> None:
    """Change a mailing that stands in one of these states."""
    there = (Mailing.id == mailing.id) & Mailing.state.in_([str(one) for one in states])
    if not count_changed(update(Mailing).where(there).values(**values)):
        raise NotNow
    db.session.refresh(mailing)
