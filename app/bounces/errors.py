"""Refusals of this feature."""

from __future__ import annotations

from app.core.errors import Refusal


class NoWayBack(Refusal):
    """No letter can come back, or this one is not known."""

    def message(self) -> str:
        """The sentence to show; only the shell asks."""
        return "No such letter is under way: CIVIC_MAIL_BOUNCES is empty, or it was forgotten."
