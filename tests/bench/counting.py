"""Figures of counting: `python -m tests.bench.counting [PABUTOOLS_PYTHON]`.

Each figure is measured in a process of its own, so that its peak memory is its own. With the interpreter of an
environment that has pabutools, the greedy count is also timed there, on the same file.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from hashlib import shake_256
from itertools import islice
from pathlib import Path

from app.counting import pabulib, rules
from app.counting.election import Ballot, Election, Project, VoteType

BALLOTS = 100_000


def make_election(ballots: int, projects: int, most_choices: int = 12) -> Election:
    """An invented approval election, the same on every machine: some projects are far more wanted than others."""
    draw = _numbers()
    names = [f"p{place}" for place in range(projects)]
    votes = []
    for place in range(ballots):
        wanted = (
            names[number * number // 65536 * projects // 65536]
            for number in islice(draw, 1 + next(draw) % most_choices)
        )
        votes.append(Ballot(f"v{place}", tuple(dict.fromkeys(wanted))))
    costs = [Fraction(5_000 + next(draw) * 5) for _ in names]
    return Election(
        budget=Fraction(sum(costs) // 3),
        vote_type=VoteType.APPROVAL,
        projects=tuple(Project(name, cost) for name, cost in zip(names, costs, strict=True)),
        ballots=tuple(votes),
        meta={"description": "bench", "country": "France", "unit": "x", "instance": "1", "rule": "greedy"},
    )


def _numbers() -> Iterator[int]:
    block = 0
    while True:
        raw = shake_256(f"civic {block}".encode()).digest(65536)
        yield from (raw[at] << 8 | raw[at + 1] for at in range(0, len(raw), 2))
        block += 1


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def count_bare(raw: bytes) -> Counter[str]:
    """The floor: split the lines of VOTES and count the names, checking nothing."""
    votes = raw.partition(b"VOTES\n")[2].decode()
    counts: Counter[str] = Counter()
    for line in votes.splitlines()[1:]:
        counts.update(line.split(";")[1].split(","))
    return counts


def measure(rule: str, projects: int) -> dict[str, float]:
    """Seconds to read and to count BALLOTS x projects by a rule, seconds of the floor, and the peak memory in MB."""
    stream = io.BytesIO()
    pabulib.write(make_election(BALLOTS, projects), stream)
    raw = stream.getvalue()
    floor = timed(lambda: count_bare(raw))
    read_seconds = timed(lambda: pabulib.read(io.BytesIO(raw), strict=True))
    election = pabulib.read(io.BytesIO(raw))
    count_seconds = timed(lambda: rules.count(election, rule))
    return {"floor": floor, "read": read_seconds, "count": count_seconds, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory that this process held. (`ru_maxrss` outlives exec: it would be the starter's, where that is larger.)"""
    said = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


def measure_apart(rule: str, projects: int) -> dict[str, float]:
    """`measure` in a process of its own."""
    words = [sys.executable, "-m", "tests.bench.counting", "--measure", rule, str(projects)]
    said = subprocess.run(words, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(said.stdout)
    return figures


def measure_pabutools(python: str, projects: int) -> float:
    """Seconds that pabutools takes for the greedy count of the same election, reading not counted."""
    script = Path(__file__).parents[1] / "unit" / "pabutools_says.py"
    election = make_election(BALLOTS, projects)
    with tempfile.NamedTemporaryFile(suffix=".pb") as file:
        places = tuple(
            Project(one.id, one.cost, extra={"place": str(place)})
            for place, one in enumerate(election.projects)
        )
        listed = Election(election.budget, election.vote_type, places, election.ballots, election.meta)
        pabulib.write(listed, file)  # type: ignore[arg-type]
        file.flush()
        said = subprocess.run(
            [python, str(script), file.name, "greedy"], check=True, capture_output=True, text=True
        )
    seconds: float = json.loads(said.stdout.splitlines()[-1])["greedy"][1]
    return seconds


def main() -> None:
    """Print the table."""
    print(f"{BALLOTS:,} ballots         floor s   read s  count s  peak MB")
    for rule, projects in (("greedy", 200), ("greedy", 100), ("equalshares", 100), ("equalshares/add1", 100)):
        got = measure_apart(rule, projects)
        line = f"{got['floor']:8.2f} {got['read']:8.2f} {got['count']:8.2f} {got['peak_mb']:8.0f}"
        print(f"{rule:17} x {projects:3} {line}")
    if len(sys.argv) > 1:
        print(f"pabutools greedy  x 200 {measure_pabutools(sys.argv[1], 200):26.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main()
