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
    """It cannot be said like this who may take part; `fields` say where: who, age, list."""


class NotReady(Refusal):
    """A step was taken before the ones it needs."""

    status = 409
