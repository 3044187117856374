"""Use cases of officers: send an SMS to those of a segment, pause it, go on, stop it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext
from sqlalchemy import update

from app.core import audit, clock
from app.core.db import add_new, ask, count_changed, db
from app.mail import held
from app.mail_choices import tokens
from app.people import consent
from app.people.purposes import SMS
from app.segments.queries import Described
from app.sending.rules import leave_at
from app.sms import queries, rules
from app.sms.errors import NotNow, WrongSms
from app.sms.models import Sms, SmsMessage
from app.sms.rules import Length, Standing

LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class Order:
    """What an officer wants sent, by language; `shown` is the number that the page showed, `typed` the one that they typed.

    `form_key`: which form says it.
    """

    texts: Mapping[str, str]
    shown: int = 0
    typed: str = ""
    form_key: str = ""


def body_for(text: str, person_id: int, language: str) -> str:
    """What one reader gets: the text, and where to stop such messages."""
    stop = tokens.links(person_id, SMS.key, 0, language).choices
    return f"{rules.plain(text)}\nSTOP: {stop}"


def measure(text: str, language: str) -> Length:
    """How long a message of this text is with the longest address at its end."""
    return rules.measure(body_for(text, 999_999_999, language))


def check(order: Order) -> Length:
    """How long the longest message is. Raises: WrongSms, with all faults."""
    if not order.texts:
        first = current_app.config["CIVIC"].languages[0]
        raise WrongSms(fields={f"text-{first}": _say_limits()})
    lengths = {language: measure(text, language) for language, text in order.texts.items()}
    faults = {}
    for language, text in order.texts.items():
        if len(text) > LONGEST_TEXT or not text.replace("\r", "").replace("\n", "").isprintable():
            faults[f"text-{language}"] = _say_limits()
        elif lengths[language].parts > rules.MOST_PARTS:
            faults[f"text-{language}"] = gettext(
                "With the address to stop them this is %(parts)s SMS for each reader; at most %(most)s are sent. Shorten it.",
                parts=lengths[language].parts, most=rules.MOST_PARTS,
            )  # fmt: skip
    if faults:
        raise WrongSms(fields=faults)
    return max(lengths.values(), key=lambda length: length.parts)


def send(actor: str, described: Described, order: Order) -> Sms:
    """Let it leave in ten minutes, or when the hours of quiet end; a form that is sent twice is the same SMS again.

    Raises: WrongSms, with all faults; then nothing is sent.
    """
    settings, now = current_app.config["CIVIC"], clock.now()
    form_key = order.form_key or secrets.token_hex(16)
    texts = {language: rules.plain(text) for language, text in order.texts.items()}
    known = queries.find_by_form(form_key)
    if known is not None and known.texts == texts:
        return known
    form_key = secrets.token_hex(16) if known else form_key
    length, found = check(order), queries.sift(described.rule)
    number = len(found.people)
    if not 0 < number <= rules.MOST_PEOPLE:
        raise WrongSms(fields={"count": _say_number(number)})
    if number != order.shown or re.sub(r"[\s.,\u202f]", "", order.typed) != str(number):
        sentence = gettext(
            "Nothing was sent. Type the number of people who get it now: %(number)s.", number=number
        )
        raise WrongSms(fields={"count": sentence})
    row = {
        "form_key": form_key,
        "segment_id": described.pin[0],
        "segment_version": described.pin[1],
        "text": rules.text_for(texts, "", settings.languages),
        "texts": texts,
        "parts": length.parts,
        "left_out": dict(found.left_out),
        "made_by": actor,
        "made_at": now,
        "send_at": leave_at(None, now, settings.mail_quiet_hours, ZoneInfo(settings.time_zone)),
    }
    is_new = add_new(Sms, row)
    made = queries.get_by_form(form_key)
    if not is_new:
        return made
    add_new(SmsMessage, [_row(made, person) for person in found.people])
    audit.record(actor, "sms.send", f"sms:{made.id}", people=number, parts=length.parts, send_at=made.send_at)
    return made


def pause(actor: str, sms: Sms, *, is_paused: bool = True) -> None:
    """Let no further message leave, or go on. Raises: NotNow when none waits."""
    _check_waits(sms)
    sms.paused_at = clock.now() if is_paused else None
    if not is_paused:  # it is not late for what it was kept from
        sms.send_at = max(sms.send_at, clock.now())
    db.session.flush()
    audit.record(actor, "sms.pause", f"sms:{sms.id}", paused=is_paused)


def stop(actor: str, sms: Sms) -> None:
    """Send no further message, ever. Raises: NotNow when none waits."""
    _check_waits(sms)
    stopped = count_changed(_those_that_wait(SmsMessage.sms_id == sms.id, Standing.STOPPED))
    audit.record(actor, "sms.stop", f"sms:{sms.id}", people=stopped)


@consent.withdrawn.connect
def take_back(_sender: object, person_id: int, purpose: str) -> None:
    """Somebody wants no SMS any more: what waits for them does not leave."""
    if purpose == SMS.key:
        ask(_those_that_wait(SmsMessage.person_id == person_id, Standing.NO_CONSENT))


@held.begun.connect
def pause_all(_sender: object) -> None:
    """The site was restored: what was under way may have gone on after its set was made, so nothing goes on by itself."""
    ask(update(Sms).where(Sms.paused_at.is_(None)).values(paused_at=clock.now()))
    under_way = update(SmsMessage).where(SmsMessage.state == Standing.SENDING)
    ask(under_way.values(state=str(Standing.WAITING), lease_until=None))


def _those_that_wait(which: Any, standing: Standing) -> Any:
    waits = update(SmsMessage).where(which, SmsMessage.state == Standing.WAITING)
    return waits.values(state=str(standing), done_at=clock.now())


def _check_waits(sms: Sms) -> None:
    if not queries.tally(sms.id)[Standing.WAITING]:
        raise NotNow


def _row(made: Sms, person_id: int) -> dict[str, object]:
    return {
        "sms_id": made.id,
        "person_id": person_id,
        "key": secrets.token_hex(16),
        "state": str(Standing.WAITING),
        "attempts": 0,
        "next_at": made.send_at,
        "answer": "",
    }


def _say_limits() -> str:
    return gettext("Write a message of plain text, in at most %(most)s signs.", most=LONGEST_TEXT)


def _say_number(number: int) -> str:
    if number:
        return gettext(
            "At most %(most)s people get an SMS at a time. Divide the segment.", most=rules.MOST_PEOPLE
        )
    return gettext("Nobody would get it, so nothing is sent. See below why each is left out.")
