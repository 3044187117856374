"""What can I do now: each process as it stands for the one who asks, the next step one click away, and nobody else's affairs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.budgets import queries as budgets
from app.core import clock
from app.core.db import db
from app.processes import queries as processes
from app.processes import service as process_service
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send, token_of
from tests.web.rolls import bring, make_list, town
from tests.web.towns import close, open_budget, pb, project_ids

NOW = "/en/account/now"
HOME = "/en/"
BEGUN = "Begun, not counted"


def begin(client: FlaskClient, app: Flask, slug: str) -> dict[str, object]:
    """Begin a ballot; the fields with which it can be confirmed."""
    fields: dict[str, object] = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
    assert client.post(f"/en/budgets/{slug}/ballot/draft", data=fields).status_code == 204
    return fields


def change(app: Flask, slug: str, **dates: timedelta) -> None:
    """Move the voting of a process, seen from now."""
    with app.app_context():
        now = clock.now()
        process = processes.get_process(slug)
        process_service.set_dates("shell", process, now + dates["begins"], now + dates["ends"])
        db.session.commit()


def only_for(app: Flask, slug: str, who: str) -> None:
    """Say who may vote, behind the service's back: the voting has begun."""
    with app.app_context():
        budgets.get_poll(slug, drafts=True).process.who = who
        db.session.commit()


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_without_anything_to_do_the_page_says_so_and_leads_on(app: Flask, lang: str) -> None:
    html = page(signed_in(app, "ana@example.org").get(f"/{lang}/account/now"))
    assert f'href="/{lang}/account/letters"' in html


def test_a_vote_is_shown_at_each_step_from_open_to_its_results(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, "ana@example.org")
    for where in (NOW, HOME):
        html = page(client.get(where))
        assert "Open for you" in html
        assert f'href="/en/budgets/{slug}"' in html
        assert BEGUN not in html
    fields = begin(client, app, slug)
    for where in (NOW, HOME):
        html = page(client.get(where))
        assert BEGUN in html
        assert f'href="/en/budgets/{slug}/ballot"' in html
        assert "Open for you" not in html
    assert client.post(f"/en/budgets/{slug}/ballot/confirm", data=fields).status_code == 303
    assert BEGUN not in page(client.get(HOME))
    html = page(client.get(NOW))
    assert "Nothing waits for you at the moment." in html
    assert "You have voted" in html
    assert f'href="/en/budgets/{slug}/confirmation"' in html
    close(app, slug)
    html = page(client.get(NOW))
    assert f'href="/en/budgets/{slug}/results"' in html
    assert "See what was decided, and why." in html


def test_between_the_end_and_the_results_a_voter_reads_that_it_is_being_counted(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, "ana@example.org")
    client.post(f"/en/budgets/{slug}/ballot/confirm", data=begin(client, app, slug))
    change(app, slug, begins=timedelta(hours=-2), ends=timedelta(seconds=-1))
    assert "Voting has ended. The results come soon." in page(client.get(NOW))


def test_what_is_over_without_me_is_not_among_mine(app: Flask) -> None:
    close(app, open_budget(app))
    assert "What you took part in" not in page(signed_in(app, "ana@example.org").get(NOW))


def test_what_is_coming_is_told_with_its_hour(app: Flask) -> None:
    slug = open_budget(app)
    change(app, slug, begins=timedelta(days=3), ends=timedelta(days=9))
    html = page(signed_in(app, "ana@example.org").get(NOW))
    assert "Voting begins on" in html
    assert "Nothing waits for you at the moment." in html


def test_what_is_begun_stands_first_then_what_ends_soonest(app: Flask) -> None:
    later, soon, begun = (
        open_budget(app, pb(description=f"Budget {name}")) for name in ("later", "soon", "begun")
    )
    change(app, later, begins=timedelta(hours=-1), ends=timedelta(days=8))
    change(app, soon, begins=timedelta(hours=-1), ends=timedelta(days=2))
    change(app, begun, begins=timedelta(hours=-1), ends=timedelta(days=20))
    client = signed_in(app, "ana@example.org")
    begin(client, app, begun)
    html = page(client.get(NOW))
    places = [html.index(f'href="/en/budgets/{one}"') for one in (f"{begun}/ballot", soon, later)]
    assert places == sorted(places)


def test_a_vote_for_those_on_the_list_leads_to_the_check_and_opens_after_it(app: Flask) -> None:
    slug = open_budget(app)
    with app.app_context():
        bring(make_list(), town(40))
    only_for(app, slug, "census:16:1")
    client = signed_in(app, "zoe@example.org")
    html = page(client.get(NOW))
    assert "Check first" in html
    assert 'href="/en/account/census"' in html
    assert send(client, "/en/account/census/request", "/en/account", message="Me?").status_code == 303
    assert "The council will answer you by e-mail." in page(client.get(NOW))
    her = {"number": "N-00007", "family": "Núñez-7", "born-day": "17", "born-month": "9", "born-year": "1930"}
    assert send(client, "/en/account/census", "/en/account", **her).status_code == 303
    assert "Open for you" in page(client.get(NOW))
    only_for(app, slug, "census:120:1")
    assert "Open to those aged 120 or older." in page(client.get(NOW))


def test_the_page_of_one_says_nothing_of_another_and_nothing_to_a_stranger(app: Flask) -> None:
    slug = open_budget(app)
    ana, bea = signed_in(app, "ana@example.org"), signed_in(app, "bea@example.org")
    begin(ana, app, slug)
    html = page(bea.get(NOW))
    assert "Open for you" in html
    assert BEGUN not in html
    stranger = make_client(app)
    assert stranger.get(NOW).status_code == 303
    assert "For you" not in page(stranger.get(HOME))
    assert bea.get(NOW).headers["Cache-Control"] == "private, no-store"


def test_a_draft_is_on_the_page_of_nobody(app: Flask) -> None:
    with app.app_context():
        process_service.create("shell", "budget", {"en": "Secret plan"}, "EUR")
        db.session.commit()
    assert "Secret plan" not in page(signed_in(app, "ana@example.org").get(NOW))
