"""The check list of a mailing: what must be mended before it is sent, and what somebody should know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext, ngettext

from app.composing import letter
from app.composing.letter import Composed
from app.core.formats import format_duration, format_number
from app.core.languages import NATIVE
from app.mail.circulars import UNSUBSCRIBE
from app.mailings import hints, links, looking
from app.readers.models import Mailing
from app.sending import copies
from app.sending.sifting import DryRun

LONG_SUBJECT = 70
Letters = Mapping[str, Composed]
"""The letter in each language."""


@dataclass(frozen=True)
class Check:
    """One line: `tone` is `done`, `soon` (somebody should know) or `wrong`, which keeps the mailing from being sent."""

    tone: str
    words: str

    @property
    def blocks(self) -> bool:
        """Whether the mailing cannot be sent like this."""
        return self.tone == "wrong"


def list_checks(mailing: Mailing, run: DryRun) -> list[Check]:
    """All lines, in the order in which somebody would look."""
    letters = copies.compose_all(mailing)
    lines = _of_letters(letters)
    lines += _links(letters)
    lines += _languages(mailing, run)
    lines.append(_time(run))
    return lines


def list_faults(mailing: Mailing) -> list[Check]:
    """What can be said of the letter without its readers, for each language in which it is written."""
    return _of_letters(copies.compose_all(mailing))


def _of_letters(letters: Letters) -> list[Check]:
    return [line for language, one in letters.items() for line in _of_letter(NATIVE[language], one)]


def _of_letter(language: str, composed: Composed) -> list[Check]:
    lines = [Check("wrong", f"{language}: {letter.explain(wrong)}") for wrong in composed.wrong]
    subject = "".join(composed.subject[::2])
    if len(subject) > LONG_SUBJECT:
        words = gettext("%(language)s: the subject has more than %(most)s letters; many screens cut it off.",
                        language=language, most=LONG_SUBJECT)  # fmt: skip
        lines.append(Check("soon", words))
    for hint in hints.list_hints(composed):
        lines.append(Check("soon", gettext("%(language)s: %(hint)s", language=language, hint=hint)))
    has_way_out = UNSUBSCRIBE in composed.text and UNSUBSCRIBE in composed.html
    if not has_way_out:
        lines.append(
            Check(
                "wrong",
                gettext("%(language)s: the link to stop these letters is missing.", language=language),
            )
        )
    if not any(line.blocks for line in lines):
        number = len(composed.links)
        words = ngettext(
            "%(language)s: subject, %(num)s link, descriptions of pictures and the link to stop are well written.",
            "%(language)s: subject, %(num)s links, descriptions of pictures and the link to stop are well written.",
            number,
            language=language,
        )
        lines.append(Check("done", words))
    return lines


def _links(letters: Letters) -> list[Check]:
    """What the worker found at the addresses in the letter."""
    found = links.found_of([link for one in letters.values() for link in one.links])
    lines = [Check("soon", _say_found(url, what)) for url, what in found.items() if what]
    if None in found.values():
        words = gettext(
            "Whether the links lead somewhere is being looked at: open this page again in a minute."
        )
        return [*lines, Check("soon", words)]
    if found and not lines:
        words = ngettext(
            "Something answers at %(num)s address in the letter.",
            "Something answers at all %(num)s addresses in the letter.",
            len(found),
        )
        return [Check("done", words)]
    return lines


def _say_found(url: str, what: str) -> str:
    said = {
        looking.SILENT: gettext("Nothing answers at “%(url)s”. Is it written as it should be?", url=url),
        looking.INSIDE: gettext("“%(url)s” lies in a network that readers cannot reach from home.", url=url),
        looking.UNTRUSTED: gettext(
            "Browsers will warn of “%(url)s”: its certificate is not in order.", url=url
        ),
        "404": gettext("There is no page at “%(url)s”.", url=url),
        "410": gettext("There is no page at “%(url)s” any more.", url=url),
    }
    return said.get(what) or gettext("“%(url)s” answers with an error (%(status)s).", url=url, status=what)


def _languages(mailing: Mailing, run: DryRun) -> list[Check]:
    lines = []
    for code in current_app.config["CIVIC"].languages:
        number = run.languages.get(code, 0)
        if code not in mailing.texts and number:
            other = NATIVE[copies.language_for(mailing, code)]
            words = ngettext(
                "It is not written in %(language)s: %(number)s person who reads that gets it in %(other)s.",
                "It is not written in %(language)s: %(number)s people who read that get it in %(other)s.",
                number, language=NATIVE[code], number=format_number(number), other=other,
            )  # fmt: skip
            lines.append(Check("soon", words))
    return lines


def _time(run: DryRun) -> Check:
    settings = current_app.config["CIVIC"]
    per_minute, of_domain = settings.mail_per_minute, settings.mail_per_domain_per_minute
    if not per_minute and not of_domain:
        return Check("done", gettext("It leaves as fast as your mail server takes it."))
    minutes = run.number / per_minute if per_minute else 0
    slowest = run.of_one_domain / of_domain if of_domain else 0
    span = format_duration(60 * max(1, minutes, slowest))
    if slowest > minutes:
        words = gettext(
            "At %(pace)s letters a minute to one mail domain it takes about %(span)s.",
            pace=of_domain,
            span=span,
        )
    else:
        words = gettext("At %(pace)s letters a minute it takes about %(span)s.", pace=per_minute, span=span)
    return Check("done", words)
