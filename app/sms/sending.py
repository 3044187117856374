"""The worker's part: leases messages that are due, hands each to the adapter, and notes its answer before the next one.

Whoever is killed between the provider's yes and writing that down sends the message again, with the same key.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Row, select, update

from app.core import clock
from app.core.db import ask, count_changed, db
from app.mail import held
from app.mail.paces import Pace, wait_after
from app.people import consent
from app.people import queries as people
from app.people.purposes import SMS
from app.sending.rules import find_quiet_end
from app.sms import queries, rules, service
from app.sms.adapters import Adapter, Message, adapter_of
from app.sms.models import Sms, SmsMessage
from app.sms.rules import GIVES_UP, Answer, Standing

LEASE = timedelta(minutes=5)
"""Longer than the pace and the provider together can take for one message: a minute each."""
RUN_SECONDS = 20.0


_pace_of = cache(Pace)
"""One for the process: a new run goes on at the pace of the last."""


class ProviderAway(Exception):
    """The provider takes nothing at all for now; all messages wait."""


def send_due() -> int:
    """Send what is due, one by one, for some seconds at most; returns how many were tried.

    Raises: ProviderAway, with all messages kept.
    """
    settings = current_app.config["CIVIC"]
    adapter, zone = adapter_of(settings), ZoneInfo(settings.time_zone)
    is_quiet = find_quiet_end(settings.mail_quiet_hours, clock.now(), zone) is not None
    if adapter is None or held.is_all_held() or is_quiet:
        return 0
    _release()
    pace, until, tried = _pace_of(settings.sms_per_minute), time.monotonic() + RUN_SECONDS, 0
    while time.monotonic() < until and (message := _claim()) is not None:
        _send(adapter, pace, message)
        tried += 1
    return tried


def _release() -> None:
    """Give back what was leased by somebody who is gone."""
    over = update(SmsMessage).where(
        SmsMessage.state == Standing.SENDING, SmsMessage.lease_until < clock.now()
    )
    ask(over.values(state=str(Standing.WAITING), lease_until=None))
    db.session.commit()


def _claim() -> Row[Any] | None:
    now = clock.now()
    due = (
        select(SmsMessage.key)
        .join(Sms, Sms.id == SmsMessage.sms_id)
        .where(SmsMessage.state == Standing.WAITING, SmsMessage.next_at <= now, Sms.paused_at.is_(None))
        .order_by(SmsMessage.next_at, SmsMessage.sms_id, SmsMessage.person_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=SmsMessage)
    )
    leased = update(SmsMessage).where(SmsMessage.key.in_(due))
    columns = (SmsMessage.sms_id, SmsMessage.person_id, SmsMessage.key, SmsMessage.attempts)
    found = ask(
        leased.values(state=str(Standing.SENDING), lease_until=now + LEASE).returning(*columns)
    ).first()
    db.session.commit()
    return found


def _send(adapter: Adapter, pace: Pace, message: Row[Any]) -> None:
    """Asked here and not when it was written: consent, number and account may be others since."""
    sms, person = queries.get_sms(message.sms_id), people.find_person(message.person_id)
    number = queries.find_number(message.person_id)
    if _is_late(sms):
        _end(message, Standing.TOO_LATE)
    elif person is None or not consent.is_given(person.id, SMS.key):
        _end(message, Standing.NO_CONSENT)
    elif number is None:
        _end(message, Standing.NO_NUMBER)
    else:
        words = rules.text_for(queries.texts_of(sms), person.language, current_app.config["CIVIC"].languages)
        text = service.body_for(words, person.id, person.language)
        db.session.commit()  # nothing is held while the provider thinks
        pace.wait()
        _note(message, *adapter.send(Message(number, text, message.key)))


def _is_late(sms: Sms) -> bool:
    """Whether a day is over, and as long as all its messages take at their pace, twice: nights are quiet."""
    late, a_minute = clock.now() - sms.send_at - GIVES_UP, current_app.config["CIVIC"].sms_per_minute
    if late <= timedelta() or not a_minute:
        return late > timedelta()
    return late > timedelta(minutes=2 * queries.tally(sms.id).total() / a_minute)


def _note(message: Row[Any], answer: Answer, words: str) -> None:
    if answer in (Answer.SENT, Answer.REFUSED):
        _end(message, Standing(answer), words)
        return
    attempts = message.attempts + 1
    _change(
        message,
        state=Standing.WAITING,
        answer=words,
        attempts=attempts,
        next_at=clock.now() + wait_after(attempts),
    )
    if answer is Answer.AWAY:
        raise ProviderAway(words)


def _end(message: Row[Any], standing: Standing, words: str = "") -> None:
    _change(message, state=standing, answer=words, attempts=message.attempts + 1, done_at=clock.now())


def _change(message: Row[Any], **values: Any) -> None:
    mine = (SmsMessage.key == message.key, SmsMessage.state == Standing.SENDING)
    values |= {"state": str(values["state"]), "lease_until": None}
    count_changed(update(SmsMessage).where(*mine).values(**values))
    db.session.commit()
