"""The comparison step of equal shares:

where most voters would rather have the greedy outcome, it stands instead.

Used by some cities with the Method of Equal Shares (equalshares.net, "comparison step"). A voter prefers
the outcome that funds more of the projects the ballot supports.
"""

from app.counting.election import Election
from app.counting.equal_shares import supported
from app.counting.outcome import Outcome


def is_outvoted(election: Election, outcome: Outcome, rival: Outcome) -> bool:
    """Whether more voters prefer the rival outcome than prefer the outcome."""
    ours, theirs = frozenset(outcome.funded), frozenset(rival.funded)
    lead = 0
    for ballot in election.ballots:
        choices = supported(ballot)
        gained, lost = sum(name in theirs for name in choices), sum(name in ours for name in choices)
        lead += (gained > lost) - (gained < lost)
    return lead > 0
