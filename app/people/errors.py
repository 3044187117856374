"""What people may be refused about accounts."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class AddressUnusable(Refusal):
    """What was typed is not an e-mail address that mail can reach."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Enter an e-mail address in the correct form, such as name@example.org.")


class LastAdministrator(Refusal):
    """Without an administrator nobody could give the role back."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This is the last administrator. Invite another one first; once they have signed in, remove this one."
        )


class NoSuchPerson(Refusal):
    """There is no account with this number or address."""

    status = 404

    def message(self) -> str:
        """The sentence to show."""
        return gettext("There is no such account.")


class NoteUnusable(Refusal):
    """A note without words, or with too many."""

    def __init__(self, most: int) -> None:
        sentence = gettext("Write something, at most %(most)s letters.", most=most)
        super().__init__(sentence, fields={"text": sentence})


class ReachUnusable(Refusal):
    """What was typed is no telephone number, or no postal address."""

    def __init__(self, kinds: list[str]) -> None:
        sentences = {
            "phone": gettext("Enter a telephone number of 6 to 15 digits, such as +33 4 75 00 00 00."),
            "postal": gettext("Enter a postal address of at most 6 lines, each of at most 60 letters."),
        }
        super().__init__(fields={kind: sentences[kind] for kind in kinds})


class NameUnusable(Refusal):
    """A display name with line breaks or too many characters."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Enter a name of at most 80 characters, on one line.")


class WrongTag(Refusal):
    """What was typed is no tag."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Enter a tag of at most 40 letters, on one line.")
