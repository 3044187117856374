"""What officers are refused about mailings, each with how things stand and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from app.core.errors import Refusal


class WrongMailing(Refusal):
    """The mailing cannot be saved like this; `fields` says what to mend, all at once."""


class MailingChanged(Refusal):
    """Somebody else has changed the mailing since the page was opened."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Somebody else has changed this mailing meanwhile. Nothing was saved. Open it again in another window, and compare."
        )


class NotNow(Refusal):
    """The mailing is past, or before, the moment at which this can be done."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This cannot be done now: the mailing has moved on meanwhile. Nothing was changed. See below how it stands."
        )


class NobodyToWriteTo(Refusal):
    """No reader may be written to."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Nobody would get this mailing, so it is not sent. Choose other readers, or see below why each is left out."
        )


class NotCounted(Refusal):
    """So many people that the worker has to say first who would get it."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Nothing was sent. First let it be counted again who would get it: the last count is too old."
        )


class WrongCount(Refusal):
    """What was typed is not the number of people that the page showed; `others` is what else is wrong, by field."""

    def __init__(self, number: int, others: Mapping[str, str]) -> None:
        sentence = gettext(
            "Nothing was sent. Type the number of people who will get it: %(number)s.", number=number
        )
        super().__init__(sentence, fields={**others, "count": sentence})


class GrownMeanwhile(Refusal):
    """The readers have become many more since the page was shown."""

    status = 409

    def __init__(self, before: int, now: int) -> None:
        sentence = gettext(
            "Nothing was sent. When this page was made, %(before)s people would have got the mailing; now it is %(now)s. "
            "Look at the readers again. If that is right, type the new number.",
            before=before,
            now=now,
        )
        super().__init__(sentence, fields={"count": sentence})


class NotReady(Refusal):
    """The check list has something that keeps a mailing from being sent."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Nothing was sent. Mend what the check list says first.")
