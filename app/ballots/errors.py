"""Refusals of this feature. `code` is the reason that the page explains."""

from __future__ import annotations

from flask_babel import gettext

from app.core.errors import Refusal


class BallotRefused(Refusal):
    """A ballot that cannot be taken; nothing was recorded."""

    code = "refused"


class VotingNotOpen(BallotRefused):
    """Voting has not begun."""

    status = 409
    code = "not-open"

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Voting has not begun yet. Nothing was recorded.")


class VotingClosed(BallotRefused):
    """Voting has ended, by the server's clock."""

    status = 409
    code = "closed"

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Voting has ended. This ballot came too late and was not recorded.")


class VotedAlready(BallotRefused):
    """Somebody has voted with another account as the same person of a census list."""

    status = 409
    code = "voted-already"

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "A vote was cast already for the person of the list as whom the site knows you, with another account. "
            "Each person has one vote, and nothing was recorded now. If that was not you, tell the council."
        )


class BoxUnreadable(Exception):
    """Ballots in the hopper cannot be opened with this site's keys; they are kept, and nothing is closed."""


class BoxInUse(Exception):
    """A backup reads the ballots at this moment; the box is closed a little later, and nothing has changed."""
