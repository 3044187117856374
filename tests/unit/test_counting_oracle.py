"""pabutools, the academic reference, counts the same: asked in its own environment (GPL, heavy), never a dependency."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from app.counting import pabulib, rules
from app.counting.election import Ballot, Election, Project, VoteType
from tests.unit.elections import as_bytes, each_real_file, make_election

ORACLE = os.environ.get("CIVIC_TEST_PABUTOOLS")
pytestmark = pytest.mark.skipif(
    not ORACLE, reason="CIVIC_TEST_PABUTOOLS names no Python with pabutools (docs/counting.md)"
)
ASKED = ("greedy", "equalshares", "equalshares/add1")


def ask_pabutools(election: Election, folder: Path, asked: Sequence[str] = ASKED) -> dict[str, list[str]]:
    """What pabutools funds, by rule."""
    listed = tuple(
        replace(project, extra={"place": str(place)}) for place, project in enumerate(election.projects)
    )
    path = folder / "asked.pb"
    path.write_bytes(as_bytes(replace(election, projects=listed)))
    script = Path(__file__).with_name("pabutools_says.py")
    said = subprocess.run(
        [str(ORACLE), str(script), str(path), *asked], capture_output=True, text=True, check=True
    )
    return {rule: funded for rule, (funded, _) in json.loads(said.stdout.splitlines()[-1]).items()}


def comparable(election: Election) -> Election:
    """Approval, a budget that is a multiple of the voters (add1 starts elsewhere otherwise), nothing free of cost."""
    voters = len(election.ballots)
    ballots = tuple(Ballot(ballot.voter_id, ballot.choices) for ballot in election.ballots)
    return Election(
        budget=Fraction(election.budget // voters * voters),
        vote_type=VoteType.APPROVAL,
        projects=tuple(Project(project.id, project.cost or Fraction(1)) for project in election.projects),
        ballots=ballots,
        meta={"description": "asked", "country": "Poland", "unit": "x", "instance": "1", "rule": "greedy"},
    )


@each_real_file
def test_pabutools_counts_a_real_election_the_same(path: Path, tmp_path: Path) -> None:
    election = comparable(pabulib.read(path))
    is_small = len(election.ballots) * len(election.projects) < 40_000
    asked = ASKED if is_small else ASKED[:1]
    said = ask_pabutools(election, tmp_path, asked)
    assert said == {rule: sorted(rules.count(election, rule).funded) for rule in asked}


@pytest.mark.parametrize("seed", range(12))
def test_pabutools_counts_a_random_election_the_same(seed: int, tmp_path: Path) -> None:
    numbers = [int(sha256(f"{seed}/{place}".encode()).hexdigest()[:8], 16) for place in range(80)]
    names = [f"p{place}" for place in range(3 + numbers[0] % 9)]
    costs: dict[str, int | str] = {
        name: 5 + number % 60 for name, number in zip(names, numbers[1:], strict=False)
    }
    votes = [
        " ".join(name for bit, name in enumerate(names) if number >> (bit * 2) & 3 == 3)
        for number in numbers[20 : 30 + numbers[1] % 50]
    ]
    election = comparable(make_election(50 + numbers[2] % 300, costs, votes))
    said = ask_pabutools(election, tmp_path)
    assert said == {rule: sorted(rules.count(election, rule).funded) for rule in ASKED}
