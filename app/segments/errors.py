"""What officers are refused about segments, each with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext, lazy_gettext

from app.core.errors import Refusal

SENTENCES = {
    "shape": lazy_gettext("This is neither a condition nor a group of conditions."),
    "deep": lazy_gettext("Groups may stand at most %(word)s deep in each other.", word="%(word)s"),
    "many": lazy_gettext("There may be at most %(word)s conditions.", word="%(word)s"),
    "empty": lazy_gettext("This group is empty. Add a condition to it, or remove it."),
    "field": lazy_gettext("There is no field “%(word)s”.", word="%(word)s"),
    "relation": lazy_gettext("The field has no relation “%(word)s”.", word="%(word)s"),
    "unknown": lazy_gettext("The condition knows nothing of “%(word)s”.", word="%(word)s"),
    "missing": lazy_gettext("This is missing; fill it in."),
    "text": lazy_gettext("Enter at most 200 letters, on one line."),
    "number": lazy_gettext("Enter a whole number within the usual limits."),
    "date": lazy_gettext("Enter a real date."),
    "choice": lazy_gettext("Choose one of the answers."),
    "language": lazy_gettext("Enter the two or three letters of a language, such as fr."),
    "backwards": lazy_gettext("The end comes before the beginning."),
}


class Fault(NamedTuple):
    """What is wrong at a place of the tree: a key of SENTENCES, and the word in question or the name of what is missing."""

    place: str
    reason: str
    word: str = ""

    def sentence(self) -> str:
        """In words."""
        return str(SENTENCES[self.reason]).replace("%(word)s", self.word)


class WrongRule(Refusal):
    """The rule cannot be read. `faults` has everything at once."""

    status = 400

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(fields={f"{one.place} {one.word}": one.sentence() for one in faults})
        self.faults = list(faults)

    def message(self) -> str:
        """The sentence to show."""
        said = " ".join(f"{one.place}: {one.sentence()}" for one in self.faults)
        return gettext("The rule cannot be read. Nothing was saved.") + " " + said


class NoSuchSegment(Refusal):
    """There is no segment of this number or name, or no such version of it."""

    status = 404

    def message(self) -> str:
        """The sentence to show."""
        return gettext("There is no such segment.")


class WrongSegment(Refusal):
    """The segment cannot be saved like this; `fields` says what to mend."""


class UnfitRule(Refusal):
    """The segment cannot say who may take part: it is retired, asks for nothing, or for what changes meanwhile."""

    def __init__(self, changing: Sequence[str]) -> None:
        super().__init__()
        self.changing = changing

    def message(self) -> str:
        """The sentence to show."""
        if not self.changing:
            return gettext(
                "This segment cannot decide who may take part: it is retired, or it is everybody. Choose another answer."
            )
        return gettext(
            "This segment cannot decide who may take part. It asks for what changes while people take part, or by a click of "
            "their own: %(conditions)s. Choose a segment that asks for the census, how somebody was verified, tags, or the days "
            "between which an account was opened.",
            conditions="; ".join(self.changing),
        )


class SegmentChanged(Refusal):
    """Somebody else has saved another version since the form was opened."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Somebody else has changed this segment meanwhile. Nothing was saved. "
            "Open it again in another window, compare, and save."
        )


class TooFew(Refusal):
    """A file of so few people would point at each of them."""

    status = 409

    def __init__(self, floor: int) -> None:
        super().__init__(
            gettext(
                "Fewer than %(floor)s people are in this segment, so no file is made of it: it would point at each of them. "
                "Widen the rule.",
                floor=floor,
            )
        )


class TooManyRows(Refusal):
    """More people than a sheet of a workbook has rows."""

    status = 409

    def __init__(self, most: int) -> None:
        super().__init__(
            gettext("A spreadsheet holds at most %(most)s people. Take the CSV file.", most=most)
        )


class NobodyLikeThat(Refusal):
    """No account has this number or address."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("There is no such account. Enter its number, or an e-mail address in full.")
