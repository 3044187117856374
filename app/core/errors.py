"""Refusals: what a person caused and can mend. Everything else that goes wrong is a fault (500, logged once)."""

from __future__ import annotations

from flask_babel import gettext


class Refusal(Exception):
    """A request that is not carried out, for a reason the person can read.

    `status` is the HTTP status; `message()` the sentence in the language of the request; `fields` links sentences to
    fields of the form, so that the same page is shown again with what was typed.
    """

    status = 422

    def __init__(self, message: str = "", *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self._message = message
        self.fields = fields or {}

    def message(self) -> str:
        """The sentence to show."""
        return self._message or gettext("This cannot be done.")


class NotFound(Refusal):
    """There is no such page or thing, or the person may not know of it."""

    status = 404

    def message(self) -> str:
        """The sentence to show."""
        return self._message or gettext("There is no such page. It may have moved or been removed.")


class NotAllowed(Refusal):
    """The person is known but may not do this."""

    status = 403

    def message(self) -> str:
        """The sentence to show."""
        return self._message or gettext("Your account may not do this.")


class SignInNeeded(Refusal):
    """Nobody is signed in; the edge leads to the sign-in page and back."""

    status = 401


class TooMany(Refusal):
    """Too many attempts; `retry_after_seconds` says when to come back."""

    status = 429

    def __init__(self, retry_after_seconds: int, message: str = "") -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds

    def message(self) -> str:
        """The sentence to show."""
        return self._message or gettext("Too many attempts. Wait a while, then try again.")
