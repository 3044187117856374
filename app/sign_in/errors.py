"""What people may be refused while signing in. None of it says whether an address has an account."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from app.core.errors import Refusal, TooMany


class CodeWrong(Refusal):
    """These are not the digits that were mailed. The try counts: the edge commits before it answers."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left

    def message(self) -> str:
        """The sentence to show."""
        if self.tries_left == 0:
            return gettext("This code is wrong, and there were too many tries. Ask for a new code.")
        return ngettext(
            "This code is wrong. Look at the latest message and enter its six digits. You have %(num)s try left.",
            "This code is wrong. Look at the latest message and enter its six digits. You have %(num)s tries left.",
            self.tries_left,
        )


class CodeSpent(Refusal):
    """The code or link was used, has expired, was replaced by a newer one, ran out of tries or never existed."""

    status = 410

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This code no longer works: it was used, replaced by a newer one, or is too old. Ask for a new code."
        )


class AccountClosed(Refusal):
    """The account was closed by the council."""

    status = 403

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This account is closed. Write to the council if you think that this is wrong.")


class TooManyCodes(TooMany):
    """More codes than anybody needs were asked for, for this address or from this place."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Too many codes were asked for. Try again later, or write to the council.")


class FactorWrong(Refusal):
    """Not the number that the app shows, or one that was used already. The try counts: the edge commits."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This number is wrong or was used already. Wait until your app shows the next one, and enter it."
        )


class KeyReplaced(Refusal):
    """The one-time link was opened again since this key was shown: whoever saw the newer one must not share it."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This link was opened again since: your key no longer works. Delete it from your app and scan the new picture. "
            "If somebody else opened it, tell an administrator."
        )


class FactorMissing(Refusal):
    """The person has no second factor yet."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Your second step is not set up yet. Ask an administrator for a one-time link.")


class LinkSpent(Refusal):
    """The one-time link was used, has expired, was replaced or never existed."""

    status = 410

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This link no longer works: it was used, replaced by a newer one, or is too old. Ask an administrator for a new one."
        )
