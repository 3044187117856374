"""Refusals of this feature: lists that are unknown, in use or described wrongly, keys that are being renewed."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import NotFound, Refusal


class NoSuchList(NotFound):
    """There is no census list of this name."""

    def message(self) -> str:
        """The sentence to show."""
        return self._message or gettext("There is no such census list.")


class WrongList(Refusal):
    """A census list cannot be described like this; `fields` say where."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("The list was not added.")


class HasVoted(Refusal):
    """The account has voted as one person of a list, and is to be known as another one while that vote is open."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This account has voted as another person of the list. It stays known as that person until the votes are counted."
        )


class ListInUse(Refusal):
    """People have voted by this list, and the box is open: on another list they could vote once more."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "People have voted by this list in a vote that is not counted yet. It is deleted after the count."
        )


class ImportRunning(Refusal):
    """Somebody else is bringing a file into this list at this moment."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Somebody else is importing into this list just now. Nothing was changed. Try again in some minutes."
        )


class KeysRenewed(Refusal):
    """The pepper of a list is renewed at this moment: what is hashed now would be out of date at once."""

    status = 503

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "The keys of the council's lists are being renewed just now. Nothing was changed. Try again in a minute."
        )
