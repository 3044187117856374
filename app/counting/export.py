"""Writes an election as a .pb file:

the same election always gives the same bytes, and recounts to the same outcome.
"""

import csv
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import BinaryIO

from app.counting.election import Election, Project
from app.counting.money import plain_number
from app.counting.tally import count_score, count_votes

META_ORDER = (
    "description", "country", "unit", "district", "subunit", "instance", "num_projects", "num_votes", "budget",
    "vote_type", "rule", "date_begin", "date_end", "min_length", "max_length", "min_sum_cost", "max_sum_cost",
    "min_points", "max_points", "min_sum_points", "max_sum_points", "min_project_score_threshold", "edition",
    "language", "currency", "fully_funded", "experimental", "comment",
)  # fmt: skip
OWN_COLUMNS = ("votes", "score")


def write(election: Election, stream: BinaryIO) -> None:
    """Write the election to an open binary file: UTF-8, line feeds, projects in the order of the list.

    Ballots are sorted by voter id, META by Pabulib's order and then by name; `num_projects`, `num_votes`,
    `votes` and `score` are counted anew. Empty values and columns are left out.
    """
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, delimiter=";", lineterminator="\n")
    _write_meta(election, rows.writerow)
    _write_projects(election, rows.writerow)
    _write_ballots(election, rows.writerow)
    text.flush()
    text.detach()


def _write_meta(election: Election, put: Callable[[tuple[str, ...]], object]) -> None:
    values = {
        **election.meta,
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.ballots)),
        "budget": plain_number(election.budget),
        "vote_type": election.vote_type.value,
    }
    known = [key for key in META_ORDER if key in values]
    put(("META",))
    put(("key", "value"))
    for key in [*known, *sorted(values.keys() - set(known))]:
        if _clean(values[key]):
            put((_clean(key), _clean(values[key])))


def _write_projects(election: Election, put: Callable[[tuple[str, ...]], object]) -> None:
    votes = count_votes(election)
    score = count_score(election) if election.counts_score else {}
    cells: dict[str, Callable[[Project], str]] = {
        "project_id": lambda project: project.id,
        "cost": lambda project: plain_number(project.cost),
        "votes": lambda project: str(votes[project.id]),
        "score": lambda project: plain_number(score[project.id]) if score else "",
        "name": lambda project: project.name,
        "category": lambda project: project.category,
        "district": lambda project: project.district,
        "selected": lambda project: "" if project.selected is None else str(project.selected),
        "excludes": lambda project: ",".join(sorted(project.excludes)),
    }
    others = sorted({name for project in election.projects for name in project.extra} - set(OWN_COLUMNS))
    table = [
        {**{name: _clean(cell(project)) for name, cell in cells.items()}, **_cleaned(project.extra, others)}
        for project in election.projects
    ]
    always = ("project_id", "cost", "votes")
    columns = [name for name in (*cells, *others) if name in always or any(row[name] for row in table)]
    put(("PROJECTS",))
    put(tuple(columns))
    for row in table:
        put(tuple(row[name] for name in columns))


def _write_ballots(election: Election, put: Callable[[tuple[str, ...]], object]) -> None:
    has_points = any(ballot.points is not None for ballot in election.ballots)
    has_points = has_points or election.vote_type.needs_points
    points_column = ("points",) if has_points else ()
    put(("VOTES",))
    put(("voter_id", "vote", *points_column, *election.ballot_columns))
    for ballot in sorted(election.ballots, key=lambda ballot: ballot.voter_id):
        points = ",".join(plain_number(number) for number in ballot.points or ())
        extra = (_clean(cell) for cell in ballot.extra)
        put((ballot.voter_id, ",".join(ballot.choices), *([points] if has_points else ()), *extra))


def _cleaned(extra: Mapping[str, str], names: list[str]) -> dict[str, str]:
    return {name: _clean(extra.get(name, "")) for name in names}


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
