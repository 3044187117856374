"""Refusals of this feature."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class WrongTag(Refusal):
    """What was typed is no tag."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Enter a tag of at most 40 letters, on one line.")
