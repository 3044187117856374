"""Automatic letters in words, in the language of the page: what each is called, when it leaves, to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from app.automatic_letters.rules import ON_CONSENT, Kind


@dataclass(frozen=True)
class Described:
    """A kind of letter: its name, and the sentences on when it leaves and who gets it."""

    kind: Kind
    name: str
    when: str
    to: str

    @property
    def asks_consent(self) -> bool:
        """Whether only those get it who said yes to such letters."""
        return self.kind in ON_CONSENT


Group = tuple[str, tuple[Described, ...]]


def list_groups() -> tuple[Group, ...]:
    """All kinds that have a switch, by what they are about."""
    return (
        (gettext("Processes"), _of_processes()),
        (gettext("Associations"), _of_associations()),
        (gettext("Census lists"), _of_lists()),
    )


def _of_processes() -> tuple[Described, ...]:
    asked = gettext("Everybody who asked for news of processes.")
    return (
        Described(
            Kind.OPENED,
            gettext("A process has opened"),
            gettext("Ten minutes after its voting begins."),
            asked,
        ),
        Described(
            Kind.BALLOT_BEGUN,
            gettext("Your ballot is not confirmed"),
            gettext("Two days before voting ends, once."),
            gettext("Whoever began a ballot and did not confirm it."),
        ),
        Described(
            Kind.VOTE_RECORDED,
            gettext("Your vote is recorded"),
            gettext("At once when somebody has voted. It does not say what they chose."),
            gettext("Whoever has voted."),
        ),
        Described(
            Kind.RESULTS,
            gettext("A process is decided"),
            gettext("Ten minutes after its results are published."),
            asked,
        ),
    )


def _of_associations() -> tuple[Described, ...]:
    delegates = gettext("The delegates of the association.")
    return (
        Described(
            Kind.ASSOCIATION_DECIDED,
            gettext("The council has decided on your association"),
            gettext("At once when an officer registers it, refuses it or ends its registration."),
            delegates,
        ),
        Described(
            Kind.ASSOCIATION_DUE,
            gettext("The registration is to be renewed"),
            gettext("Thirty days and seven days before it ends."),
            delegates,
        ),
        Described(
            Kind.MEMBER_ASKED,
            gettext("Somebody asks to be a member"),
            gettext("At once when somebody asks on the association's page."),
            delegates,
        ),
        Described(
            Kind.MEMBER_ANSWERED,
            gettext("Your request to be a member is answered"),
            gettext("At once when a delegate has answered."),
            gettext("Whoever had asked."),
        ),
    )


def _of_lists() -> tuple[Described, ...]:
    return (
        Described(
            Kind.CHECK_SETTLED,
            gettext("Your check of the list is done"),
            gettext("When a register that was away has answered, or has not in time."),
            gettext("Whoever was waiting for it."),
        ),
        Described(
            Kind.LIST_ENDING,
            gettext("A census list is deleted soon"),
            gettext("Thirty days and three days before the day."),
            gettext("All staff."),
        ),
    )


def list_always() -> Mapping[str, str]:
    """The letters without a switch, by who writes them: what each is, and why no site can do without it."""
    return {
        "sign_in.send_code": gettext("The code to sign in: nobody could sign in without it."),
        "sign_in.send_invitation": gettext(
            "The invitation of a member of staff: it holds the link to their second step."
        ),
        "verification.answered": gettext(
            "Your answer to a question about the lists: the letter is the answer."
        ),
        "budgets.dates_moved": gettext("Voting times have moved: whoever relied on the old ones must know."),
        "mailings.given_back": gettext(
            "A mailing did not leave at its hour: whoever confirmed it believes that it did."
        ),
        "privacy.unused": gettext(
            "An account that nobody uses is erased soon: nobody is erased without a word."
        ),
        "associations.left_alone": gettext(
            "An association has lost its last delegate: nobody can act for it, and nobody else would tell it."
        ),
        "privacy.merged": gettext(
            "Two accounts were made one: nobody's account is taken without their knowing."
        ),
    }
