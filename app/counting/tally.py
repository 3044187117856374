"""Adds up the ballots: votes and score of every project, exactly."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from app.counting.election import Ballot, Election


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ballots say of each project, by id. `measure` is the one of the two that ranks projects."""

    votes: dict[str, int]
    score: dict[str, Fraction]
    measure: dict[str, Fraction]


def tally(election: Election) -> Tally:
    """Count votes and, where ballots carry points or ranks, the score."""
    votes = count_votes(election)
    as_score = {name: Fraction(count) for name, count in votes.items()}
    score = count_score(election) if election.vote_type.has_score else as_score
    return Tally(votes, score, score if election.counts_score else as_score)


def count_votes(election: Election) -> dict[str, int]:
    """How many ballots name each project."""
    counts = Counter(chain.from_iterable(ballot.choices for ballot in election.ballots))
    return {project.id: counts[project.id] for project in election.projects}


def count_score(election: Election) -> dict[str, Fraction]:
    """The sum of points of each project.

    A rank without points is worth Borda points by the length of the ballot.
    """
    sums: dict[str, Fraction | int] = defaultdict(int)
    for ballot in election.ballots:
        for name, points in zip(ballot.choices, points_of(ballot), strict=True):
            sums[name] += points
    return {project.id: Fraction(sums[project.id]) for project in election.projects}


def points_of(ballot: Ballot) -> tuple[Fraction | int, ...] | range:
    """The points a ballot gives: its own, or n for the first of n choices down to 1 for the last (Borda)."""
    return range(len(ballot.choices), 0, -1) if ballot.points is None else ballot.points


def count_served(election: Election, funded: frozenset[str]) -> int:
    """How many ballots name at least one of the funded projects."""
    return sum(1 for ballot in election.ballots if not funded.isdisjoint(ballot.choices))
