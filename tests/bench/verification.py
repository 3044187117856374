"""How many people a second find themselves on the list: `python -m tests.bench.verification [PEOPLE]` (100,000 on the list).

Floor: as many transactions that each write one row and are on the disk. Above it whole checks: three limits counted, the person
looked for, the match and the activity written, committed. One after the other in one thread; the site has eight.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from app.census import service as census
from app.census.service import Asked, NewList
from app.core import clock
from app.core.db import db
from app.core.spelling import normalized
from app.people.models import Person
from app.verification import service
from app.verification.models import FailedCheck
from app.verification.rules import Claim
from tests.bench.census import FAMILIES, write_file
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site

CHECKS = 400


def main(people: int = 100_000) -> dict[str, float]:
    """Make the list, measure, print one line of JSON."""
    with (
        cluster(is_durable=True) as server,
        tempfile.TemporaryDirectory(prefix="civic-bench-") as folder,
        empty_site(make_settings(server, Path(folder))) as site,
        site.app_context(),
        write_file(Path(folder) / "roll.csv", people).open("rb") as file,
    ):
        target = census.add_list(
            "shell", NewList("Roll", "register", "Decision 12", date(2199, 1, 1), "other", "number")
        )
        census.apply("shell", census.prepare("shell", target, file, Asked("free", census.today())))
        now = clock.now()
        accounts = [Person(language="en", created_at=now, sessions_from=now) for _ in range(CHECKS)]
        db.session.add_all(accounts)
        db.session.commit()
        ids = [one.id for one in accounts]
        floor = per_second(lambda at: db.session.add(FailedCheck(person_id=ids[at], at=clock.now())))
        checks = per_second(lambda at: found(ids[at], at * (people // CHECKS)))
    figures = {"people": people, "floor_per_second": round(floor), "checks_per_second": round(checks)}
    figures["ratio"] = round(floor / checks, 2)
    print(json.dumps(figures))
    return figures


def found(person_id: int, number: int) -> None:
    """The person of that row of the file finds themselves, each from a network of their own."""
    born = date(1930, 1, 1) + timedelta(days=number * 7919 % 30_000)
    claim = Claim(f"n {number:08}", normalized(f"{FAMILIES[number % 10]}-{number % 997}"), "", born)
    assert service.check(person_id, claim, f"2001:db8:{number:x}::/64")


def per_second(work: Callable[[int], object]) -> float:
    """How often a second, each committed."""
    began = time.monotonic()
    for at in range(CHECKS):
        work(at)
        db.session.commit()
    return CHECKS / (time.monotonic() - began)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
