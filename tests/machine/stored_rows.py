"""What somebody who may read every stored row would try, to find out who cast which ballot."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.machine.host import Host

PEOPLE_ORDERS = {
    "place on the roll": "SELECT person_id FROM ballot_roll ORDER BY ctid",
    "transaction of the roll": "SELECT person_id FROM ballot_roll ORDER BY xmin::text::bigint",
    "number of the person": "SELECT person_id FROM ballot_roll ORDER BY person_id",
    "letter about the vote": """SELECT c.person_id FROM outbox_messages o JOIN contact_points c ON c.normalized = o.recipient
        JOIN ballot_roll USING (person_id) WHERE NOT o.secret ORDER BY o.id""",
    "last seen": "SELECT person_id FROM sessions JOIN ballot_roll USING (person_id) ORDER BY seen_at, sessions.id",
}
BALLOT_ORDERS = ("ctid", "xmin::text::bigint, ctid", "cmin::text::bigint, ctid", "id", "receipt_hash")
Choice = tuple[str, ...]


class Rows:
    """The site's database as the site's own user reads it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def ask(self, question: str) -> list[Any]:
        """The rows of a SELECT: values where it has one column, else objects."""
        as_json = f"SELECT coalesce(json_agg(row_to_json(asked)), '[]') FROM ({question}) asked"  # noqa: S608
        psql = ("psql", "-XtA", "-v", "ON_ERROR_STOP=1", "-d", "civic")
        said = self._host.run("runuser", "-u", "civic", "--", *psql, stdin=as_json)
        rows = json.loads(said.stdout)
        return [next(iter(row.values())) if len(row) == 1 else row for row in rows]

    def tables(self) -> list[str]:
        """The names of all tables."""
        return self.ask(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        )

    def columns(self, table: str) -> dict[str, str]:
        """Column → type."""
        said = self.ask(
            f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'"  # noqa: S608
        )
        return {one["column_name"]: one["data_type"] for one in said}

    def texts(self, table: str) -> str:
        """Every row of the table as text."""
        return "\n".join(self.ask(f'SELECT whole::text FROM "{table}" whole'))  # noqa: S608

    def people(self, order: str) -> list[int]:
        """The people on the roll, once each, in an order that the rows give away."""
        return list(dict.fromkeys(self.ask(PEOPLE_ORDERS[order])))

    def ballots(self, order: str) -> list[Choice]:
        """What the ballots say, in an order that the rows give away."""
        rows = self.ask(f"SELECT choices FROM ballot_box ORDER BY {order}")  # noqa: S608
        return [tuple(sorted(json.loads(one)["choices"])) for one in rows]


def hits(people: Sequence[int], ballots: Sequence[Choice], truth: dict[int, Choice]) -> int:
    """How many people are linked to what they chose by laying both orders side by side."""
    return sum(truth[person] == ballot for person, ballot in zip(people, ballots, strict=True))


def likeness(people: Sequence[int], ballots: Sequence[Choice], truth: dict[int, Choice]) -> float:
    """Spearman's correlation of the places of people and of their ballots, for those whose ballot nobody else cast.

    Chance gives about ±1/√n; ballots laid down batch by batch in the order of voting would give nearly 1.
    """
    cast = Counter(truth.values())
    place = {ballot: number for number, ballot in enumerate(ballots)}
    pairs = [(number, place[truth[one]]) for number, one in enumerate(people) if cast[truth[one]] == 1]
    first, second = (_ranks([pair[side] for pair in pairs]) for side in (0, 1))
    apart = sum((one - other) ** 2 for one, other in zip(first, second, strict=True))
    size = len(pairs)
    return 1 - 6 * apart / (size * (size**2 - 1))


def most_by_chance(truth: dict[int, Choice]) -> float:
    """More hits than this come by chance in fewer than one test in ten thousand: six deviations above the expected number."""
    expected = sum(number**2 for number in Counter(truth.values()).values()) / len(truth)
    return expected + 6 * math.sqrt(expected)


def _ranks(values: Sequence[int]) -> list[int]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    for rank, index in enumerate(order):
        ranks[index] = rank
    return ranks
