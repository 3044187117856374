"""The kinds of automatic letters. Pure."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an automatic letter tells; each has a switch. Those that no site can do without have none (`wording.ALWAYS`)."""

    OPENED = "opened"
    RESULTS = "results"
    BALLOT_BEGUN = "ballot-begun"
    VOTE_RECORDED = "vote-recorded"
    ASSOCIATION_DECIDED = "association-decided"
    ASSOCIATION_DUE = "association-due"
    MEMBER_ASKED = "member-asked"
    MEMBER_ANSWERED = "member-answered"
    CHECK_SETTLED = "check-settled"
    LIST_ENDING = "list-ending"


ON_CONSENT = (Kind.OPENED, Kind.RESULTS)
"""Those that go to who said yes to news of processes. The others belong to what their reader began or does as staff."""
