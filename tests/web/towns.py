"""An invented budget as a .pb file, and the way from its import to an open vote, for tests about what comes after."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from flask import Flask

from app.ballots import queries as ballots
from app.budget_office import importing
from app.budgets import jobs
from app.core import clock
from app.core.db import db
from app.processes import queries as process_queries
from app.processes import service as processes

META = {
    "description": "Projects of Valclair",
    "country": "France",
    "unit": "Valclair",
    "instance": "2027",
    "budget": "1000",
    "vote_type": "approval",
    "rule": "greedy",
    "min_length": "1",
    "max_length": "3",
    "currency": "EUR",
    "language": "en",
}
PROJECTS = (
    ("7", 400, "Shade for the school yard", "Nature", "Old town"),
    ("12", 300, "A bench at every stop", "Ageing well", "Station"),
    ("31", 500, "Night bus on Fridays", "Getting about", "Whole town"),
    ("44", 250, "Bat boxes & swift bricks", "Nature", "Station"),
    ("58", 120, "Boules under the planes", "Sport", "Old town"),
)


def pb(votes: tuple[str, ...] = (), **meta: str) -> bytes:
    """The file, with META changed by `meta` (an empty value leaves the line out) and one ballot a vote."""
    lines = ["META", "key;value"]
    given = META | {"num_projects": str(len(PROJECTS)), "num_votes": str(len(votes))} | meta
    lines += [f"{key};{value}" for key, value in given.items() if value]
    lines += ["PROJECTS", "project_id;cost;name;category;district"]
    lines += [";".join(str(cell) for cell in row) for row in PROJECTS]
    lines += ["VOTES", "voter_id;vote;points"]
    lines += [f"{number};{vote};" for number, vote in enumerate(votes, start=1)]
    return ("\n".join(lines) + "\n").encode()


def open_budget(app: Flask, file: bytes | None = None, **meta: str) -> str:
    """Import, publish and open; returns the slug."""
    with app.app_context(), app.test_request_context("/en/"):
        process = importing.import_file("shell", BytesIO(file or pb(**meta)))
        now = clock.now()
        processes.set_dates("shell", process, now - timedelta(hours=1), now + timedelta(days=9))
        processes.publish("shell", process)
        db.session.commit()
        return process.slug


def project_ids(app: Flask, slug: str) -> dict[str, int]:
    """The projects' numbers on this site by their ids in the file."""
    from app.budgets import queries

    with app.app_context():
        return {project.ref: project.id for project in queries.get_poll(slug).projects}


def close(app: Flask, slug: str) -> None:
    """End the vote, close the box, count, publish."""
    with app.app_context():
        processes.close_now("shell", process_queries.get_process(slug))
        db.session.commit()
        jobs.close_and_count()
        processes.publish_results("shell", process_queries.get_process(slug))
        db.session.commit()
        process_id = process_queries.get_process(slug).id
        assert ballots.count(process_id).agree
