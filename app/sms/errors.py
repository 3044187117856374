"""What officers are refused about SMS, each with how things stand and what to do instead."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class WrongSms(Refusal):
    """The message cannot be sent like this; `fields` says what to mend, all at once."""


class NotNow(Refusal):
    """The messages have moved on meanwhile."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This cannot be done now: the messages have moved on meanwhile. See how they stand.")
