"""The use case: letters for those of a segment whom no e-mail reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from app.census import matching
from app.census import queries as census
from app.composing import rules as composing
from app.core import audit
from app.paper_codes import service as paper_codes
from app.paper_codes.addresses import Recipient
from app.paper_codes.errors import WrongDay
from app.paper_letters import queries, rules
from app.paper_letters.errors import TooFewLetters, TooManyLetters, WrongText
from app.paper_letters.queries import Sifted
from app.paper_letters.rules import Codes
from app.people.purposes import BY_KEY, PURPOSES
from app.segment_builder import service as segments
from app.segments.queries import Described
from app.segments.rules import FLOOR


@dataclass(frozen=True)
class Order:
    """What an officer wants written: what for, the text, and codes of this list until that day, or none."""

    purpose: str
    text: str
    list_id: int | None = None
    until: date | None = None


def check(order: Order) -> None:
    """Whether letters can be made of it. Raises: WrongText, with all faults, a day that codes cannot have among them."""
    purpose, text = order.purpose, order.text
    faults = {}
    if purpose not in [one.key for one in PURPOSES]:
        faults["purpose"] = gettext("Choose what the letters are for.")
    wrong = composing.field_faults(text)
    if not text.strip() or len(text) > rules.LONGEST_TEXT:
        faults["text"] = gettext("Write the letter, in at most %(most)s signs.", most=rules.LONGEST_TEXT)
    elif wrong:
        faults["text"] = gettext(
            "These places cannot be filled in: %(words)s. There are {site}, {name|…} and {district|…}; after the bar stands what "
            "is said to somebody of whom it is not known, such as {name|Madam, Sir}.",
            words=", ".join("{" + one.word + "}" for one in wrong),
        )
    if order.list_id is not None:
        try:
            paper_codes.check_day(order.until)
        except WrongDay as impossible:
            faults |= impossible.fields
    if faults:
        raise WrongText(fields=faults)


def make(actor: str, described: Described, order: Order, language: str) -> tuple[Sifted, Codes]:
    """The letters; that a file is made of so many people is noted with the segment's other files, and in the audit.

    Raises: WrongText, WrongDay, TooFewLetters, TooManyLetters, ImportRunning.
    """
    check(order)
    purpose = order.purpose
    found = queries.sift(described.rule, purpose)
    number = len(found.letters)
    if number < FLOOR:
        raise TooFewLetters(FLOOR)
    if number > rules.MOST_LETTERS:
        raise TooManyLetters(rules.MOST_LETTERS)
    said = gettext("Letters on paper: %(purpose)s", purpose=BY_KEY[purpose].name(language))
    segments.note_file(actor, described, said, number)
    target = f"segment:{described.segment.id}"
    codes = _draw(actor, found, order)
    audit.record(actor, "paper_letters.make", target, purpose=purpose, letters=number, codes=len(codes.of))
    return found, codes


def _draw(actor: str, found: Sifted, order: Order) -> Codes:
    if order.list_id is None:
        return Codes()
    until = paper_codes.check_day(order.until)
    target = census.get_list(order.list_id)
    lines = {one.person_id: one.lines for one in found.letters}
    known = matching.hashes_of(target.id, list(lines), below_level=3)
    people = {identity: person for person, identity in known.items()}
    recipients = [Recipient(identity, lines[person]) for person, identity in known.items()]
    made = paper_codes.make(actor, target, recipients, until) if recipients else []
    return Codes({people[one.identity_hash]: (index, code) for one, index, code in made}, until)
