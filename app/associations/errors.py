"""Refusals of this feature."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext

from app.core.errors import NotAllowed, Refusal


class WrongDescription(Refusal):
    """An association cannot be described like this; `fields` say where."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("The association was not saved.")


class NotDelegate(NotAllowed):
    """Somebody else's association."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Only delegates of this association may do this.")


class _Said(Refusal):
    status = 409
    sentence: object

    def message(self) -> str:
        """The sentence to show."""
        return str(self.sentence)


class RenewFirst(_Said):
    """An overdue association does nothing until a delegate has confirmed that it exists."""

    sentence = lazy_gettext(
        "The yearly renewal is overdue. Confirm first that your association still exists."
    )


class AlreadyDecided(_Said):
    """Another officer was faster, or it is not on the register any more."""

    sentence = lazy_gettext("This was decided already. Look at the page again.")


class LastDelegate(_Said):
    """Without a delegate nobody could act for the association."""

    sentence = lazy_gettext("You are the last delegate. Name another one first.")


class AlreadyAsked(_Said):
    """The person is a member, or waits to be one."""

    sentence = lazy_gettext("You are a member already, or your request is waiting for a delegate.")


class NoSuchMember(_Said):
    """The person is not, or no longer, in that place."""

    sentence = lazy_gettext("This is no longer so: the list of members has changed. Look at it again.")


class ImportGone(_Said):
    """The file was taken over or forgotten already."""

    sentence = lazy_gettext("This file was taken over already, or forgotten after a day. Send it again.")


class RowsRejected(_Said):
    """A file is taken over whole or not at all."""

    sentence = lazy_gettext(
        "Nothing was changed: the file has rows that cannot be taken. Mend them, then send it again."
    )


class NoReason(Refusal):
    """An association is told why."""

    def __init__(self, most: int) -> None:
        sentence = gettext("Say why, in at most %(most)s letters. The delegates read it.", most=most)
        super().__init__(sentence, fields={"reason": sentence})


class NoName(Refusal):
    """The delegates must know who asks."""

    def __init__(self) -> None:
        sentence = gettext("Enter your name as the association knows it: one line, at most 80 letters.")
        super().__init__(sentence, fields={"member": sentence})


class WrongGrant(Refusal):
    """A grant cannot be noted like this; `fields` say where."""


class WrongColumns(Refusal):
    """No association can be read from a file with this header, or it is too long."""
