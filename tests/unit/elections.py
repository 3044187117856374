"""Elections for the counting tests: invented ones, and the real ones where they are at hand."""

import io
import os
from fractions import Fraction
from pathlib import Path

import pytest

from app.counting import pabulib
from app.counting.election import Ballot, Election, Project, VoteType

VALCLAIR = """META
key;value
description;Budget of Valclair
num_projects;3
num_votes;4
budget;1000
vote_type;approval
rule;greedy
currency;EUR
PROJECTS
project_id;cost;votes;name;category
p1;600;3;A pond for the park;green
p2;500;3;"Lamps; and benches";streets
p3;400;1;"The ""small"" stage";culture
VOTES
voter_id;vote
v1;p1,p2
v2;p1,p2
v3;p2,p1
v4;p3
"""


def read_text(text: str, *, strict: bool = False) -> Election:
    """Read a .pb file given as text."""
    return pabulib.read(io.BytesIO(text.encode()), strict=strict)


def as_bytes(election: Election) -> bytes:
    """Write an election to bytes."""
    stream = io.BytesIO()
    pabulib.write(election, stream)
    return stream.getvalue()


def make_election(budget: int | str, costs: dict[str, int | str], votes: list[str], **meta: str) -> Election:
    """An approval election: ids and costs in the order of the list, each vote as ids with spaces between."""
    return Election(
        budget=Fraction(budget),
        vote_type=VoteType.APPROVAL,
        projects=tuple(Project(name, Fraction(cost)) for name, cost in costs.items()),
        ballots=tuple(Ballot(f"v{place}", tuple(vote.split())) for place, vote in enumerate(votes)),
        meta=meta,
    )


def real_folder() -> Path:
    """The folder of real elections: CIVIC_TEST_PB, or shared/data/pb beside the project."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "pb"
    return Path(os.environ.get("CIVIC_TEST_PB") or beside)


def real_files() -> list[Path]:
    """The real elections at hand."""
    return sorted(real_folder().glob("*.pb"))


NONE_AT_HAND = pytest.mark.skip(reason="no real elections: set CIVIC_TEST_PB to a folder of .pb files")
each_real_file = pytest.mark.parametrize(
    "path",
    real_files() or [pytest.param(None, marks=NONE_AT_HAND)],
    ids=lambda path: path.stem if path else "none",
)
