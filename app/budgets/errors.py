"""Refusals of this feature: ballots that break a limit, files that cannot be imported."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext

from app.ballots.errors import BallotRefused
from app.core.errors import Refusal
from app.segments.eligibility import Lack

SENTENCES = {
    "nothing-chosen": lazy_gettext("Choose at least one project."),
    "too-few": lazy_gettext("Choose at least %(limit)s projects; you have chosen %(given)s."),
    "too-many": lazy_gettext("You can choose %(limit)s projects at most; you have chosen %(given)s."),
    "one-only": lazy_gettext("You can choose one project only."),
    "over-budget": lazy_gettext("Your projects cost more than there is to share out. Take something away."),
    "under-spend": lazy_gettext("Your projects must cost more: a ballot has to share out a minimum sum."),
    "unknown-project": lazy_gettext(
        "One of the projects does not belong to this vote. Choose again from the list."
    ),
    "withdrawn": lazy_gettext("One of the projects has been withdrawn. Take it away and choose again."),
    "duplicate": lazy_gettext("The same project is there twice. Choose each project once."),
    "not-a-number": lazy_gettext("Points and places are whole numbers, such as 3."),
    "points-each": lazy_gettext("A project can have %(limit)s points at most."),
    "points-sum": lazy_gettext("You can give %(limit)s points in all; you have given %(given)s."),
    "points-few": lazy_gettext("Give at least %(limit)s points in all; you have given %(given)s."),
    "place-twice": lazy_gettext("Two projects have the same place. Give each place once."),
    "place-gap": lazy_gettext("A place is left out. Begin with 1 and leave no gap."),
}


class BallotFault(BallotRefused):
    """A ballot that breaks a limit. `code` is a key of SENTENCES."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__()
        self.code = code
        self.values = values

    def message(self) -> str:
        """The sentence to show."""
        return str(SENTENCES[self.code]) % self.values


class NotEntitled(BallotRefused):
    """The person may not vote in this budget for what they lack: of a `Lack` the code, or `address`."""

    status = 403

    def __init__(self, lack: Lack, least_age: int = 0) -> None:
        super().__init__()
        self.code = lack.code
        self.lack = lack
        self.least_age = least_age

    def message(self) -> str:
        """The sentence to show: the rule, and what to do next."""
        if self.code == "too-young":
            return gettext("This vote is for people who are %(age)s or older today.", age=self.least_age)
        if self.code == "not-on-the-list":
            return gettext(
                "This vote is for those on the council's list. The site does not know you on it yet."
            )
        if self.code == "on-another-list":
            return gettext(
                "Another of the council's lists decides who may vote here than the one on which the site knows you."
                " If you are on that list too, check once more."
            )
        if self.code == "check-waiting":
            return gettext(
                "The register has not answered yet whether you are on the list. Your choices are kept, and nothing is "
                "counted. We write to you when the answer is there: then confirm your ballot."
            )
        if self.code == "not-in-the-segment":
            return gettext(
                "This vote is only for some people. What is listed here must be so of you, and the site does not know that it is."
            )
        return gettext("This vote is for whoever has confirmed an e-mail address. Confirm yours first.")


class FileRefused(Refusal):
    """The file cannot be imported; nothing was. `faults` are all of them, each with its line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(fields={str(number): fault for number, fault in enumerate(faults, start=1)})
        self.faults = list(faults)

    def message(self) -> str:
        """The sentence to show above the list."""
        return gettext("The file was not imported. Correct what is listed here, then send it again.")


class HasBallots(Refusal):
    """Ballots are cast already: what residents have read before they voted stays. `sentence` says what."""

    status = 409

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence, fields={field: sentence})


class RuleUnusable(Refusal):
    """The counting rule does not exist or cannot be used with these ballots."""


class NotCounted(Refusal):
    """The count has not run yet."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("The ballots are not counted yet. Wait a minute, then try again.")


class BoxChanged(Refusal):
    """The closed box is not the one that was sealed: somebody has changed ballots or statements in the database."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "The ballots are no longer those that were in the box when it closed. The results stay unpublished. "
            "Ask your IT team to restore the box from a backup made after the close."
        )
