"""Refusals of this feature."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class BoxClosed(Refusal):
    """The ballot box has been closed for good: dates can no longer move."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "The ballot box of this process is closed for good. Its dates can no longer be changed."
        )


class WrongDates(Refusal):
    """The dates do not make an interval that lies ahead."""


class WrongWho(Refusal):
    """Nothing was chosen of what can decide who may take part."""

    def __init__(self) -> None:
        sentence = gettext("Choose one of the answers.")
        super().__init__(sentence, fields={"who": sentence})


class WrongAge(Refusal):
    """The least age is none that a vote of residents has."""

    def __init__(self, most: int) -> None:
        sentence = gettext("Enter an age from 0 to %(most)s, or nothing.", most=most)
        super().__init__(sentence, fields={"age": sentence})


class NotReady(Refusal):
    """A step was taken before the ones it needs."""

    status = 409
