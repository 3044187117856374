"""Pages ask the database few questions, and no more of them when there is ten times as much to show."""

from __future__ import annotations

from flask import Flask

from app.ballots import keeping
from app.core.db import db
from app.processes import queries as processes
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.statements import counted
from tests.web.towns import PROJECTS, close, open_budget, pb
from tests.web.voters import make_people, vote

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
