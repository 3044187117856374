"""Who may call what: every address as every role, drawn from the map of addresses itself (A12, A13, A15, A16, A35)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.budgets.models import Budget
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.people.models import ContactPoint, Person
from app.processes import service
from app.processes.models import Process
from tests.web.addresses import addresses
from tests.web.callers import browsers, person_of, signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import LONG_OPEN, token_of
from tests.web.towns import open_budget, project_ids

ROLES = {None: -1, Role.RESIDENT: 1, Role.OFFICER: 2, Role.ADMINISTRATOR: 3}
PUBLIC = {
    "account": Role.RESIDENT,
    "association_office": Role.OFFICER,
    "automatic_letters": Role.OFFICER,
    "associations.apply": Role.RESIDENT,
    "associations.ask": Role.RESIDENT,
    "budget_office": Role.OFFICER,
    "census_imports": Role.OFFICER,
    "census_office": Role.OFFICER,
    "contacts": Role.OFFICER,
    "districts": Role.OFFICER,
    "doubles": Role.OFFICER,
    "letters": Role.OFFICER,
    "letters.choose": Role.RESIDENT,
    "letters.show": Role.RESIDENT,
    "mailing_sending": Role.OFFICER,
    "mailings": Role.OFFICER,
    "sms": Role.OFFICER,
    "mine": Role.RESIDENT,
    "notes": Role.OFFICER,
    "own_associations": Role.RESIDENT,
    "paper_codes": Role.RESIDENT,
    "paper_codes_office": Role.OFFICER,
    "paper_letters": Role.OFFICER,
    "privacy": Role.RESIDENT,
    "privacy.closed": Role.ANYONE,
    "privacy_office": Role.OFFICER,
    "reach": Role.OFFICER,
    "representation": Role.OFFICER,
    "second_factor.ask": Role.RESIDENT,
    "second_factor.check": Role.RESIDENT,
    "segments": Role.OFFICER,
    "sign_in.welcome": Role.RESIDENT,
    "sign_in.greet": Role.RESIDENT,
    "staff": Role.ADMINISTRATOR,
    "suppressions": Role.OFFICER,
    "system": Role.OFFICER,
    "verification": Role.RESIDENT,
    "verification_office": Role.OFFICER,
    "voting": Role.RESIDENT,
    "watching_office": Role.OFFICER,
}
"""The least role by endpoint or blueprint, written down a second time; all others are for anyone."""


def needed(endpoint: str) -> Role:
    """The least role that may call the endpoint, as this test says."""
    return PUBLIC.get(endpoint, PUBLIC.get(endpoint.split(".")[0], Role.ANYONE))


def test_every_endpoint_declares_the_role_that_is_written_down_here(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        assert vars(view)["allowed_role"] is needed(endpoint), endpoint


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_address_and_method_keeps_out_the_roles_below_its_own(app: Flask) -> None:
    """A12: refused before the view runs, hence the same for a thing that exists and one that does not."""
    slug = open_budget(app)
    values = {
        "lang": "en",
        "slug": slug,
        "project_id": project_ids(app, slug)["7"],
    }
    all_browsers = browsers(app)
    before = state_of(app)
    tokens = {role: token_of(browser) if role else "" for role, browser in all_browsers.items()}
    tried = 0
    for rule, method, path in addresses(app, **values):
        least = needed(rule.endpoint)
        for role, browser in all_browsers.items():
            if least is Role.ANYONE or (role is not None and role >= least):
                continue
            answer = browser.open(
                path, method=method, data={"csrf_token": tokens[role]} if method == "POST" else None
            )
            reading = method in ("GET", "HEAD")
            expected = 403 if role is not None else (303 if reading else 401)
            assert answer.status_code == expected, (role, method, path, answer.status_code)
            if expected == 303:
                assert answer.headers["Location"].startswith("/en/sign-in?next=/en/")
            tried += 1
    assert tried > 60
    assert state_of(app) == before


def state_of(app: Flask) -> dict[str, object]:
    """What none of these calls may change."""
    with app.app_context():
        process = db.session.query(Process).one()
        return {
            "people": db.session.query(Person).count(),
            "ends": [phase.ends_at for phase in process.phases],
            "published": process.published_at,
            "disabled": db.session.query(Person).filter(Person.disabled_at.is_not(None)).count(),
        }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_form_wants_its_own_session_s_token_and_its_own_site(app: Flask) -> None:
    """A35: all addresses that take a form, as an administrator, with every kind of foreign form; none gets through."""
    slug = open_budget(app)
    admin, other = (
        signed_in(app, f"{name}@valclair.example", Role.ADMINISTRATOR) for name in ("it", "other")
    )
    own, foreign = token_of(admin), token_of(other)
    values = {"lang": "en", "slug": slug, "project_id": 1}
    posts = [path for _, method, path in addresses(app, **values) if method == "POST"]
    assert len(posts) > 15
    before = state_of(app)
    for path in posts:
        for token in ("", foreign, own[:-1], own.upper() if own.upper() != own else own[::-1]):
            assert admin.post(path, data={"csrf_token": token}).status_code == 403, path
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ):
            assert admin.post(path, data={"csrf_token": own}, headers=headers).status_code == 403, path
            assert make_client(app).post(path, headers=headers).status_code in (401, 403), path
    assert state_of(app) == before


def test_no_address_that_is_read_changes_anything(app: Flask) -> None:
    """A35: a link or picture on another site can make a browser GET anything."""
    slug = open_budget(app)
    admin = signed_in(app, "it@valclair.example", Role.ADMINISTRATOR)
    values = {
        "lang": "en",
        "slug": slug,
        "project_id": project_ids(app, slug)["7"],
    }
    before = everything(app)
    for _, method, path in addresses(app, **values):
        if method in ("GET", "HEAD"):
            assert admin.open(path, method=method).status_code < 500, path
    assert everything(app) == before


def everything(app: Flask) -> dict[str, list[str]]:
    """Every row of every table."""
    with app.app_context():
        return {
            table.name: sorted(str(tuple(row)) for row in db.session.execute(table.select()))
            for table in db.metadata.sorted_tables
        }


def test_a_draft_and_what_is_not_out_yet_are_not_there_for_residents(app: Flask) -> None:
    """A13, A16: by every address that names a process; the answers are those for a process that does not exist."""
    slug = open_budget(app)
    number = project_ids(app, slug)["7"]
    with app.app_context():
        db.session.query(Process).one().published_at = None
        db.session.commit()
    resident = signed_in(app, "ana@example.org")
    token = token_of(resident)
    for browser in (make_client(app), resident):
        for rule, method, path in addresses(app, lang="en", slug=slug, project_id=number):
            if "slug" not in rule.arguments or needed(rule.endpoint) > Role.RESIDENT or method == "HEAD":
                continue
            if browser is not resident and needed(rule.endpoint) > Role.ANYONE:
                continue
            answer = browser.open(
                path, method=method, data={"csrf_token": token} if method == "POST" else None
            )
            unknown = browser.open(
                path.replace(slug, "no-such"),
                method=method,
                data={"csrf_token": token} if method == "POST" else None,
            )
            assert (answer.status_code, unknown.status_code) == (404, 404), (method, path)
            hidden = answer.get_data(as_text=True).replace(slug, "no-such")
            assert re.sub(r"\s+", " ", hidden) == re.sub(r"\s+", " ", unknown.get_data(as_text=True)), path
        assert slug not in browser.get("/en/").get_data(as_text=True)


def test_while_voting_runs_no_resident_learns_how_it_stands(app: Flask) -> None:
    slug = open_budget(app)
    for browser in (make_client(app), signed_in(app, "ana@example.org")):
        for place in (
            "budgets/{}/results",
            "budgets/{}/box.pb",
            "ballots/{}/receipts",
            "ballots/{}/receipts.txt",
        ):
            assert browser.get("/en/" + place.format(slug)).status_code == 404, place


def test_a_project_of_another_process_is_not_there(app: Flask) -> None:
    """A13, A14: a project's number under another budget's address."""
    first, second = open_budget(app), open_budget(app)
    assert first != second
    number = project_ids(app, first)["7"]
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    for path in (f"/en/budgets/{second}/projects/{number}", f"/en/budgets/{second}/pictures/{number}"):
        assert officer.get(path).status_code == 404
    withdrawal = f"/en/office/budgets/{second}/projects/{number}/withdrawal"
    assert officer.post(withdrawal, data={"csrf_token": token_of(officer)}).status_code == 404


@pytest.mark.parametrize("place", ["/en/account", "/en/welcome"])
def test_fields_that_no_form_has_change_nothing(app: Flask, place: str) -> None:
    """A15: mass assignment."""
    number = person_of(app, "ana@example.org")
    person_of(app, "paul@example.org")
    browser = signed_in(app, "ana@example.org")
    more = {
        "role": "administrator",
        "id": "2",
        "person_id": "2",
        "verified": "1",
        "confirmed_at": "2020-01-01",
    }
    more |= {"email": "evil@example.org", "sessions_from": "2000-01-01", "disabled_at": "", "weight": "9"}
    form = more | {"display_name": "Ana", "language": "en", "csrf_token": token_of(browser)}
    assert browser.post(place, data=form).status_code == 303
    with app.app_context():
        people = {one.id: (one.display_name, one.role) for one in db.session.query(Person)}
        addresses_kept = {one.address for one in db.session.query(ContactPoint)}
    assert people[number] == ("Ana", "resident")
    assert set(people.values()) == {("Ana", "resident"), ("", "resident")}
    assert addresses_kept == {"ana@example.org", "paul@example.org"}


def test_the_trial_s_letters_and_links_are_not_on_a_real_site(app: Flask) -> None:
    for browser in browsers(app).values():
        assert browser.get("/en/mailbox").status_code == 404
    assert not [rule for rule in app.url_map.iter_rules() if "mailbox" in rule.rule]


def test_rule_and_voters_stay_once_voting_has_begun(app: Flask) -> None:
    """Residents have read how their vote will count and who votes; no way over other dates leads around it."""
    slug = open_budget(app)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    base, voter = f"/en/office/budgets/{slug}", signed_in(app, "ana@example.org")

    def try_all() -> tuple[int, int]:
        rule = {"rule": "equalshares", "csrf_token": token_of(officer)}
        who = {"who": "census", "age": "25", "csrf_token": token_of(officer)}
        return officer.post(f"{base}/rule", data=rule).status_code, officer.post(
            f"{base}/who", data=who
        ).status_code

    assert try_all() == (422, 409)
    ballot = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(voter)}
    assert voter.post(f"/en/budgets/{slug}/ballot/confirm", data=ballot).status_code == 303
    later = {**LONG_OPEN, "begins-year": "2198", "sure": "yes", "csrf_token": token_of(officer)}
    html = page(officer.post(f"{base}/dates", data=later), 409)
    assert "Ballots are cast already: the first day of voting cannot become a later one." in html
    longer = {**LONG_OPEN, "sure": "yes", "csrf_token": token_of(officer)}
    assert officer.post(f"{base}/dates", data=longer).status_code == 303
    with app.app_context():  # as if they had been moved all the same
        process = db.session.query(Process).one()
        service.set_dates("shell", process, clock.now() + timedelta(days=1), clock.now() + timedelta(days=2))
        db.session.commit()
    assert try_all() == (422, 409)
    with app.app_context():
        assert (db.session.query(Budget).one().rule, db.session.query(Process).one().who) == (
            "greedy",
            "confirmed-address",
        )


def test_before_anybody_has_voted_they_can_change_with_later_dates(app: Flask) -> None:
    slug = open_budget(app)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    base = f"/en/office/budgets/{slug}"
    later = {**LONG_OPEN, "begins-year": "2198", "sure": "yes", "csrf_token": token_of(officer)}
    assert officer.post(f"{base}/dates", data=later).status_code == 303
    form = {"rule": "equalshares", "csrf_token": token_of(officer)}
    assert officer.post(f"{base}/rule", data=form).status_code == 303
