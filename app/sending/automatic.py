"""Letters that the site writes by itself when a process opens and when it is decided, to those who asked for such news.

Each is a mailing like any other: ten minutes in which an officer can take it back, consent asked again, one letter a reader. The
event that it tells of is its `origin`, so that it is written once, however often the worker looks. Each kind has its switch
(app.automatic_letters), and tells of nothing that happened before that was on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.core import audit, clock
from app.core.db import db
from app.core.formats import format_when
from app.mail.letters import link, writing_in
from app.processes import queries as processes
from app.processes.models import Process
from app.processes.rules import find_balloting, in_language
from app.readers.models import Mailing, Texts
from app.readers.rules import State
from app.sending import rules, sifting
from app.sending.rules import Audience

ACTOR = "worker"
PURPOSE = "processes"
_MARKS = re.compile(r"([\\`*_\[\]()#+\-.!<>&|~])")


def _opened_at(process: Process) -> datetime | None:
    balloting = find_balloting(process.spans)
    return balloting.starts_at if balloting and processes.takes_ballots(process) else None


def _decided_at(process: Process) -> datetime | None:
    return process.results_at


KINDS: Mapping[Kind, Callable[[Process], datetime | None]] = {
    Kind.OPENED: _opened_at,
    Kind.RESULTS: _decided_at,
}
"""The kinds, each with the instant of its event in a process; None while it has not happened."""


def write_due() -> int:
    """Write what has become due; returns how many mailings."""
    told = {kind: since for kind in KINDS if (since := automatic_letters.find_since(kind)) is not None}
    written = 0
    for process in processes.list_processes(published=True) if told else ():
        for kind, since in told.items():
            at = KINDS[kind](process)
            if at is not None and at >= since:
                written += _write(kind, process)
    return written


def _write(kind: Kind, process: Process) -> bool:
    origin, now = f"{kind}:{process.id}", clock.now()
    if db.session.scalar(select(Mailing.id).where(Mailing.origin == origin)) is not None:
        return False
    settings = current_app.config["CIVIC"]
    titles = {language: in_language(process.title, language) for language in settings.languages}
    mailing = Mailing(
        title=titles[settings.languages[0]][: rules.LONGEST_TITLE],
        purpose=PURPOSE,
        audience=str(Audience(kind, process.id)),
        texts=texts_of(kind, process),
        origin=origin,
        made_by=ACTOR,
        made_at=now,
        confirmed_by=ACTOR,
        confirmed_at=now,
        send_at=rules.leave_at(None, now, settings.mail_quiet_hours, ZoneInfo(settings.time_zone)),
        state=str(State.SCHEDULED),
    )
    db.session.add(mailing)
    db.session.flush()
    mailing.expected = sifting.try_out(mailing).number
    if not mailing.expected:
        mailing.state, mailing.ended_at, mailing.send_at = str(State.DONE), now, None
    db.session.flush()
    audit.record(ACTOR, "mailing.write", f"mailing:{mailing.id}", origin=origin, people=mailing.expected)
    return True


def texts_of(kind: Kind, process: Process) -> Texts:
    """The letter in every language of the site."""
    texts = {}
    for language in current_app.config["CIVIC"].languages:
        with writing_in(language):
            title = in_language(process.title, language, current_app.config["CIVIC"].languages[0])
            texts[language] = _text(kind, process, " ".join(re.sub(r"[{}]", "", title).split()))
    return texts


def _text(kind: Kind, process: Process, title: str) -> dict[str, str]:
    written = _MARKS.sub(r"\\\1", title)
    hello = gettext("Hello {name|neighbour},")
    if kind == Kind.OPENED:
        balloting = find_balloting(process.spans)
        until = format_when(balloting.ends_at) if balloting else ""
        asked = gettext("**%(title)s** has opened. You can vote until %(until)s.", title=written, until=until)
        place, words = link("budgets.start", slug=process.slug), gettext("See it and take part")
        subject = gettext("Open now: %(title)s", title=title)
    else:
        asked = gettext("**%(title)s** is decided.", title=written)
        place = link("budgets.result", slug=process.slug)
        words = gettext("See what was decided, and how it was counted")
        subject = gettext("Decided: %(title)s", title=title)
    return {
        "subject": subject[: rules.LONGEST_SUBJECT],
        "body": f"{hello}\n\n{asked}\n\n[{words}]({place})\n",
    }
