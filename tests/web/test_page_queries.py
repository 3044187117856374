"""Pages ask the database few questions, and no more of them when there is ten times as much to show."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.ballots import keeping
from app.ballots.models import KeptFile
from app.budgets import jobs as budget_jobs
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.processes import queries as processes
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.readers import draft, everybody
from tests.web.statements import counted
from tests.web.towns import PROJECTS, close, open_budget, pb
from tests.web.voters import make_people, open_process, vote

pytestmark = pytest.mark.both_databases

MOST = 10


def _many_projects(times: int) -> bytes:
    file = pb(num_projects=str(len(PROJECTS) * times)).decode()
    head, rest = file.split("PROJECTS\n")
    columns, *rows = rest.split("VOTES\n")[0].splitlines()
    more = [f"{number}-{row}" for number in range(times) for row in rows]
    return f"{head}PROJECTS\n{columns}\n".encode() + "\n".join(more).encode() + b"\nVOTES\nvoter_id;vote\n"


def _count_pages(app: Flask, slug: str, paths: list[str]) -> dict[str, int]:
    client = signed_in(app, "counter@example.org")
    numbers = {}
    for path in paths:
        app.extensions.pop("civic.budgets", None)
        with counted(app) as seen:
            page(client.get(f"/en/{path.format(slug=slug)}"))
        numbers[path] = len(seen)
    return numbers


def test_pages_of_an_open_budget_send_few_statements_however_much_there_is(app: Flask) -> None:
    paths = [
        "",
        "budgets/{slug}",
        "budgets/{slug}/projects",
        "budgets/{slug}/ballot",
        "ballots/{slug}/counts",
        "account/now",
    ]
    small = _count_pages(app, open_budget(app, _many_projects(1)), paths)
    slug = open_budget(app, _many_projects(20))
    with app.app_context():
        process = processes.get_process(slug)
        for voter in make_people(60):
            vote(process, voter, '{"choices": ["0-7"], "points": null}')
        keeping.empty_hopper(process.id)
        keeping.compare(process.id)
        db.session.commit()
    for _ in range(8):
        open_budget(app)
    large = _count_pages(app, slug, paths)
    assert large == small
    assert max(large.values()) <= MOST, large


def test_the_results_page_sends_few_statements(app: Flask) -> None:
    slug = open_budget(app, _many_projects(5))
    with app.app_context():
        process = processes.get_process(slug)
        for voter in make_people(40):
            vote(process, voter, '{"choices": ["0-7", "1-12"], "points": null}')
    close(app, slug)
    numbers = _count_pages(app, slug, ["budgets/{slug}/results", "budgets/{slug}"])
    assert max(numbers.values()) <= MOST, numbers


def test_whoever_asks_for_a_file_of_the_box_makes_nobody_count_it_again(app: Flask) -> None:
    slug = open_budget(app, _many_projects(1))
    with app.app_context():
        process = processes.get_process(slug)
        for voter in make_people(30):
            vote(process, voter, '{"choices": ["0-7"], "points": null}')
        keeping.add_link(process.id)
        db.session.commit()
    reader = make_client(app)
    with counted(app) as seen:
        links = reader.get(f"/en/ballots/{slug}/chain.json").get_json()["links"]
    assert len(links) == 1
    assert [one for one in seen if "ballot_links" in one] == []
    close(app, slug)
    files = [
        f"/en/budgets/{slug}/box.pb",
        f"/en/ballots/{slug}/receipts.txt",
        f"/en/ballots/{slug}/chain.json",
    ]
    for path in files:
        with counted(app) as seen:
            answer = reader.get(path)
        assert len(seen) <= MOST
        assert [one for one in seen if "ballot_box" in one or "ballot_links" in one] == []
        packed = reader.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == answer.data
        assert "Accept-Encoding" in packed.headers["Vary"]
        again = reader.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_a_box_that_was_counted_before_files_were_kept_gets_its_file_from_the_worker(app: Flask) -> None:
    slug = open_budget(app, _many_projects(1))
    with app.app_context():
        process = processes.get_process(slug)
        for voter in make_people(3):
            vote(process, voter, '{"choices": ["0-7"], "points": null}')
    close(app, slug)
    paths = [
        f"/en/budgets/{slug}/box.pb",
        f"/en/ballots/{slug}/receipts.txt",
        f"/en/ballots/{slug}/chain.json",
    ]
    reader = make_client(app)
    kept = [reader.get(path).data for path in paths]
    with app.app_context():
        db.session.execute(delete(KeptFile))
        db.session.commit()
    assert [reader.get(path).data for path in paths] == kept
    with app.app_context():
        budget_jobs.close_and_count()
        assert db.session.scalars(select(KeptFile.name)).all() == ["box.pb"]
    assert reader.get(paths[0]).data == kept[0]


def test_the_list_of_mailings_asks_no_more_for_many_than_for_few(app: Flask) -> None:
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    with app.app_context():
        process = open_process()
        ended = draft(title="Old news")
        ended.state, ended.ended_at = "done", clock.now()
        kinds = (everybody(), f"results:{process.id}", f"sent:{ended.id}", f"back:{ended.id}")

        def add(times: int) -> None:
            for number in range(times):
                for kind in kinds:
                    draft(audience=kind, title=f"{kind} {number}")

        add(1)
    numbers = []
    for _ in range(2):
        with counted(app) as seen:
            html = page(officer.get("/en/office/mailings"))
        numbers.append(len(seen))
        assert [one for one in seen if "mailings.texts" in one] == []
        for words in (
            "Segment: Everybody (1)",
            "results: to those",
            "“Old news”: to those from whom it came back",
        ):
            assert words in html
        with app.app_context():
            add(5)
    assert numbers[0] == numbers[1] <= 12
