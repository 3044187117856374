"""Refusals of this feature."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from app.core.errors import Refusal


class WrongClaim(Refusal):
    """What was typed cannot be looked for; `fields` say where."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Nobody was looked for yet.")


class NotFoundOnLists(Refusal):
    """Nobody is found by what was typed. Says nothing about what is wrong, nor whether the number exists (A44)."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("We could not find you on the list with these details.")


class KnownElsewhere(Refusal):
    """Another account is this person already; only officers are told, with the person before them."""

    status = 409

    def __init__(self, since: datetime) -> None:
        super().__init__()
        self.since = since

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Another account is known as this person already.")


class VotedElsewhere(Refusal):
    """Somebody has voted as this person by the account that is known as them: the match stays with it until the count."""

    status = 409

    def __init__(self, person_id: int) -> None:
        super().__init__()
        self.person_id = person_id

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Account %(number)s is known as this person and has voted. Merge the two accounts instead"
            " (People, accounts that may be doubles): no vote is lost, and nobody votes twice."
            " If that account was deleted, come back once the vote is counted.",
            number=self.person_id,
        )


class RequestOpen(Refusal):
    """The person has asked already and waits for the answer."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("You have asked already. The council will answer you by e-mail.")


class NoMessage(Refusal):
    """A request or an answer without words, or with too many."""

    def __init__(self, most: int) -> None:
        sentence = gettext("Write something, at most %(most)s letters.", most=most)
        super().__init__(sentence, fields={"message": sentence})


class AlreadyAnswered(Refusal):
    """Another officer was faster."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This request was answered already.")
