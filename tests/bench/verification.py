"""How many people a second find themselves on the list: `python -m tests.bench.verification [PEOPLE]` (100,000 on the list).

Floor: as many transactions that each write one row and are on the disk. Above it whole checks: the lists held, limits counted,
the person looked for, the match and the activity written, committed. Both in two threads; the site has eight.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from app.census import service as census
from app.census.service import NewList
from app.census_imports import service as imports
from app.census_imports.service import Asked
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
THREADS = 2


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
        imports.apply("shell", imports.prepare("shell", target, file, Asked("free", clock.today())))
        now = clock.now()
        accounts = [Person(language="en", created_at=now, sessions_from=now) for _ in range(CHECKS)]
        db.session.add_all(accounts)
        db.session.commit()
        ids = [one.id for one in accounts]
        floor = per_second(site, lambda at: db.session.add(FailedCheck(person_id=ids[at], at=clock.now())))
        questions, began = [], time.process_time()
        event.listen(db.engine, "after_cursor_execute", lambda *given: questions.append(given[2]))
        checks = per_second(site, lambda at: found(ids[at], at * (people // CHECKS)))
        took = time.process_time() - began
    figures = {"people": people, "floor_per_second": round(floor), "checks_per_second": round(checks)}
    figures |= {"ratio": round(floor / checks, 2), "questions": len(questions) / CHECKS}
    figures |= {"cpu_ms": round(took / CHECKS * 1000, 2), "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(figures))
    return figures


def found(person_id: int, number: int) -> None:
    """The person of that row of the file finds themselves, each from a network of their own."""
    born = date(1930, 1, 1) + timedelta(days=number * 7919 % 30_000)
    claim = Claim(f"n {number:08}", normalized(f"{FAMILIES[number % 10]}-{number % 997}"), "", born)
    assert service.check(person_id, claim, f"2001:db8:{number:x}::/64")


def per_second(site: Flask, work: Callable[[int], object]) -> float:
    """How often a second, each committed."""

    def run(first: int) -> None:
        with site.app_context():
            for at in range(first, CHECKS, THREADS):
                work(at)
                db.session.commit()

    with ThreadPoolExecutor(THREADS) as threads:
        began = time.monotonic()
        list(threads.map(run, range(THREADS)))
        return CHECKS / (time.monotonic() - began)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
