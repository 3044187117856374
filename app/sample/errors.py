"""Refusals of this feature."""

from __future__ import annotations

from app.core.errors import Refusal


class NotEmpty(Refusal):
    """The sample town is for an empty site."""

    status = 409

    def message(self) -> str:
        """The sentence to show; the shell speaks English."""
        return "The database is not empty: the sample town is only put into a new site."
