"""Refusals of this feature."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class NotConfirmed(Refusal):
    """What had to be typed was not typed: nothing has happened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"typed": sentence})


class SignInAgain(Refusal):
    """The session is too old for what cannot be undone."""

    status = 403

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Sign in again first: what you are about to do cannot be undone.")


class HasStaffRole(Refusal):
    """Officers do not close accounts of staff; administrators take the role away first (A17)."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This person has a role among the staff. An administrator must take it away first.")


class NotMergeable(Refusal):
    """These two accounts cannot become one; `reason` says why."""

    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def message(self) -> str:
        """The sentence to show."""
        return {
            "same": gettext("These are not two accounts but one."),
            "closed": gettext("One of the accounts is closed. Closed accounts are not merged."),
            "staff": gettext(
                "One of the accounts has a role among the staff. An administrator must take it away first."
            ),
            "two-people": gettext(
                "The council's lists know the two accounts as two different people. If the lists are wrong, correct that first."
            ),
        }[self.reason]
