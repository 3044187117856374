"""The whole way with a real file: Toulouse 2024, imported, opened, voted on at once, closed, and recounted from its export."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.ballots import queries as ballots
from app.budgets import jobs, queries, results
from app.core.policy import Role
from app.processes import queries as processes
from tests.unit.elections import real_folder
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import LONG_OPEN, send, token

VOTERS = 60
FILE = real_folder() / "France_Toulouse_2024.pb"


def _cast(slug: str, client: FlaskClient, chosen: list[int]) -> None:
    ballot = f"/fr/budgets/{slug}/ballot"
    html = page(client.get(ballot))
    answer = client.post(f"{ballot}/confirm", data={"csrf_token": token(html), "project": chosen})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert re.search(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", page(client.get(answer.headers["Location"])))


def test_the_count_equals_a_recount_of_the_exported_box_by_civic_count(app: Flask, tmp_path: Path) -> None:
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    new = "/fr/office/budgets/new"
    file = FILE.read_bytes()
    made = send(officer, new, new, title="Toulouse", file=(BytesIO(file), "toulouse.pb"))
    desk = made.headers["Location"]
    assert send(officer, f"{desk}/dates", f"{desk}/dates", **LONG_OPEN).status_code == 303
    assert send(officer, f"{desk}/open", f"{desk}/open").status_code == 303
    with app.app_context():
        poll = queries.get_poll("toulouse")
        assert (len(poll.projects), poll.budget.votes_left_out) == (183, 7260)
        ids = list(poll.candidates)
    browsers = [signed_in(app, f"habitant{number}@example.org") for number in range(VOTERS)]
    wishes = [
        [ids[(number * step) % 183] for step in (1, 7, 31)][: 1 + number % 3] for number in range(VOTERS)
    ]
    wishes = [list(dict.fromkeys(wish)) for wish in wishes]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: _cast("toulouse", *pair), zip(browsers, wishes, strict=True)))
    assert send(officer, f"{desk}/close", f"{desk}/close").status_code == 303
    with app.app_context():
        jobs.close_and_count()
    assert send(officer, f"{desk}/results", f"{desk}/results").status_code == 303
    box = browsers[0].get("/fr/budgets/toulouse/box.pb").data
    page(browsers[0].get("/fr/budgets/toulouse/results"))
    (tmp_path / "box.pb").write_bytes(box)
    counted = subprocess.run(
        [sys.executable, "-c", "from cli.main import civic; civic()", "count", str(tmp_path / "box.pb"), "--json"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said = json.loads(counted.stdout)
    with app.app_context():
        poll = queries.get_poll("toulouse")
        official = results.load_results(poll)[0]
        assert said["rule"] == official.rule == "greedy"
        assert said["funded"] == official.outcome["funded"]
        assert round(said["spent"] * 100) == results.spent_cents(official)
        kept = sorted(one.choices for one in ballots.iter_box(processes.get_process("toulouse").id))
        refs = {number: candidate.ref for number, candidate in poll.candidates.items()}
        order = {number: place for place, number in enumerate(poll.candidates)}
        cast = [[refs[one] for one in sorted(wish, key=lambda one: order[one])] for wish in wishes]
        assert kept == sorted(json.dumps({"choices": wish, "points": None}) for wish in cast), (
            "every ballot as it was cast"
        )


pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason="no real elections: set CIVIC_TEST_PB to a folder of .pb files"
)
