"""The shape of a mailing's form: everything that is wrong is said at once, each beside its field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.automatic_letters.rules import Kind
from app.composing.rules import FIELDS, FieldFault, field_faults, is_one_line
from app.core import clock
from app.core.formats import format_when
from app.core.forms import day_fields, read_day
from app.core.intake import row_number
from app.core.languages import NATIVE
from app.mailings.errors import WrongMailing
from app.mailings.service import MOST_ADDRESSES, Confirmation, Words
from app.people.purposes import PURPOSES
from app.processes import queries as processes
from app.readers.models import Mailing, Texts
from app.sending import automatic, rules
from app.sending.rules import Audience

Form = MultiDict[str, str]
MOST_DAYS = 365
LONGEST_LIST = 600_000
_HOUR = re.compile(r"([01]?[0-9]|2[0-3])[:h]([0-5][0-9])")


def values_of(mailing: Mailing | None, addresses: Collection[str]) -> dict[str, str]:
    """The fields of the form for a mailing, or for a new one."""
    if mailing is None:
        return {"apart": "0"}
    values = {"title": mailing.title, "purpose": mailing.purpose, "audience": mailing.audience}
    values |= {"apart": str(mailing.apart_days), "addresses": "\n".join(addresses)}
    for language, words in mailing.texts.items():
        values |= {f"subject-{language}": words["subject"], f"body-{language}": words["body"]}
    return values


def read(form: Form, audiences: Collection[str]) -> Words:
    """What the form says; `audiences` are those that it offers. Raises: WrongMailing, with a sentence for each field."""
    faults: dict[str, str] = {}
    title = " ".join(form.get("title", "").split())
    if not 0 < len(title) <= rules.LONGEST_TITLE or not title.isprintable():
        faults["title"] = gettext("Give the mailing a title of at most %(most)s letters; only officers see it.",
                                  most=rules.LONGEST_TITLE)  # fmt: skip
    purpose, audience = form.get("purpose", ""), form.get("audience", "")
    if purpose not in [one.key for one in PURPOSES]:
        faults["purpose"] = gettext("Choose what the letter is for: only people who said yes to that get it.")
    if audience not in audiences:
        faults["audience"] = gettext("Choose who gets the mailing.")
    addresses = _addresses(form, audience, faults)
    apart = form.get("apart", "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,3}", apart) or int(apart) > MOST_DAYS:
        faults["apart"] = gettext("Enter a whole number of days from 0 to %(most)s.", most=MOST_DAYS)
        apart = "0"
    texts = _texts(form, faults)
    if faults:
        raise WrongMailing(fields=faults)
    return Words(title, purpose, audience, int(apart), texts, addresses)


def fill_in(form: Form) -> dict[str, str]:
    """The form, with the words in which the site itself tells of the moment of a process, where nothing is written yet.

    Raises: WrongMailing.
    """
    audience = Audience.of(form.get("audience", ""))
    published = {one.id: one for one in processes.list_processes(published=True)}
    if audience is None or audience.kind not in list(automatic.KINDS) or audience.number not in published:
        said = gettext(
            "The site has words of its own for “has opened” and “results” of a process: choose one of them."
        )
        raise WrongMailing(fields={"audience": said})
    values = form.to_dict()
    for language, words in automatic.texts_of(Kind(audience.kind), published[audience.number]).items():
        for part, text in words.items():
            if not values.get(f"{part}-{language}", "").strip():
                values[f"{part}-{language}"] = text
    return values


def read_confirmation(form: Form) -> Confirmation:
    """What the second step says; what is wrong with its hour is told together with a wrong number."""
    seen = form.get("revision", 0, type=row_number), form.get("shown", 0, type=row_number)
    typed = form.get("count", "")[:20]
    try:
        return Confirmation(*seen, typed, _hour(form))
    except WrongMailing as refusal:
        return Confirmation(*seen, typed, faults=refusal.fields)


def _hour(form: Form) -> datetime | None:
    """From when on copies may leave; None for at once. Raises: WrongMailing."""
    if form.get("when") != "later":
        return None
    zone = ZoneInfo(current_app.config["CIVIC"].time_zone)
    day, hour = read_day(form, "day"), _HOUR.fullmatch(form.get("hour", "").strip())
    if day is None or hour is None:
        raise WrongMailing(
            fields={"day": gettext("Enter a day, month and year that exist, and an hour such as 18:00.")}
        )
    wanted = datetime(day.year, day.month, day.day, int(hour[1]), int(hour[2]), tzinfo=zone)
    now = clock.now()
    if wanted <= now:
        said = gettext(
            "This hour is past: it is %(now)s. Enter one that is still to come.", now=format_when(now)
        )
        raise WrongMailing(fields={"day": said})
    return wanted


def hour_fields(at: datetime) -> dict[str, str]:
    """The fields of an hour, in the council's zone."""
    local = at.astimezone(ZoneInfo(current_app.config["CIVIC"].time_zone))
    return {**day_fields("day", local.date()), "hour": local.strftime("%H:%M")}


def _addresses(form: Form, audience: str, faults: dict[str, str]) -> list[str]:
    typed = form.get("addresses", "")
    if audience != "people":
        return []
    if len(typed) > LONGEST_LIST:
        faults["addresses"] = gettext("Paste at most %(most)s addresses.", most=MOST_ADDRESSES)
        return []
    found = list(dict.fromkeys(one for one in re.split(r"[\s,;<>]+", typed) if one))
    with_at = [one for one in found if "@" in one]
    if not with_at or len(with_at) > MOST_ADDRESSES:
        faults["addresses"] = gettext(
            "Paste the addresses of 1 to %(most)s people who have an account.", most=MOST_ADDRESSES
        )
    return with_at


def _texts(form: Form, faults: dict[str, str]) -> Texts:
    texts: Texts = {}
    offered = current_app.config["CIVIC"].languages
    for language in offered:
        subject = form.get(f"subject-{language}", "").strip()
        body = "\n".join(form.get(f"body-{language}", "").splitlines()).strip()
        if not subject and not body:
            continue
        texts[language] = {"subject": subject, "body": body}
        faults.update(_text_faults(language, subject, body))
    if not texts:
        faults[f"subject-{offered[0]}"] = gettext("Write the letter in at least one language.")
    return texts


def _text_faults(language: str, subject: str, body: str) -> Mapping[str, str]:
    name, found = NATIVE[language], {}
    if not 0 < len(subject) <= rules.LONGEST_SUBJECT or not is_one_line(subject):
        found[f"subject-{language}"] = gettext(
            "%(language)s: write a subject of one line and at most %(most)s letters.",
            language=name,
            most=rules.LONGEST_SUBJECT,
        )
    if not 0 < len(body) <= rules.LONGEST_BODY:
        found[f"body-{language}"] = gettext(
            "%(language)s: write a letter of at most %(most)s letters.",
            language=name,
            most=rules.LONGEST_BODY,
        )
    for field, text in ((f"subject-{language}", subject), (f"body-{language}", body)):
        said = [_explain(fault) for fault in field_faults(text)]
        if said:
            found[field] = f"{name}: " + " ".join(dict.fromkeys(said))
    return found


def _explain(fault: FieldFault) -> str:
    if fault.reason == "bare":
        name = fault.word.partition("|")[0]
        return gettext(
            "Not everybody has “%(name)s”. Say what stands there otherwise: {%(name)s|resident}.", name=name
        )
    return gettext(
        "There is no field “%(word)s”. There are: %(names)s.",
        word=fault.word[:60],
        names=", ".join(FIELDS),
    )
