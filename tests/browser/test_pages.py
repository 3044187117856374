"""The real pages of a site with an open and a finished budget: no accessibility fault, no sideways scrolling, in budget."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.association_register import importing
from app.associations.rules import Standing
from app.budgets import jobs, queries
from app.budgets.rules import Choices, box_text
from app.census.matching import Sought
from app.census_imports import arrival
from app.core import migrating
from app.core.db import db
from app.core.policy import Role
from app.districts import service as districts
from app.factory import create_app
from app.mail import suppression
from app.mail_choices import tokens
from app.people import consent, notes, reach, tags
from app.people import service as people
from app.people.consent import Way
from app.people.purposes import PURPOSES
from app.processes import queries as processes
from app.processes import service as process_service
from app.registers import service as registers
from app.segment_builder import service as segments
from app.segments import rules as segment_rules
from app.sending import jobs as mailing_jobs
from app.sign_in import sessions
from tests.browser.conftest import inspect, look, serve, weigh
from tests.conftest import make_settings
from tests.web import clubs, readers, rolls
from tests.web.callers import person_of
from tests.web.host_word import close, drill, tell
from tests.web.rolls import bring, file_of, make_list, prepare, row
from tests.web.towns import open_budget, pb
from tests.web.voters import make_people, vote

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Town:
    """A running site with one open budget and one finished, and its app."""

    url: str
    app: Flask
    open: str
    finished: str


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The sample of this file, served."""
    folder = tmp_path_factory.mktemp("town")
    app = create_app(
        make_settings(f"sqlite:///{folder}/town.db", folder, trial="yes", public_url="http://localhost")
    )
    with app.app_context():
        migrating.migrate()
    is_open, finished = open_budget(app), open_budget(app, pb(instance="2026"))
    with app.app_context(), app.test_request_context("/fr/"):
        poll = queries.get_poll(finished)
        ids = [project.id for project in poll.projects]
        for at, person in enumerate(make_people(12)):
            choices = Choices((ids[at % 3], ids[3]))
            vote(
                processes.get_process(finished), person, box_text(choices, poll.limits.kind, poll.candidates)
            )
        process_service.close_now("shell", processes.get_process(finished))
        db.session.commit()
        jobs.close_and_count()
        process_service.publish_results("shell", processes.get_process(finished))
        db.session.commit()
    with serve(app) as url:
        yield Town(url, app, is_open, finished)


def sign_in(town: Town, tab: Page, email: str, role: Role = Role.RESIDENT) -> None:
    """Give the tab the session of that person."""
    number = person_of(town.app, email, role)
    with town.app.app_context():
        token = sessions.begin(people.get_person(number), second_factor=role > Role.RESIDENT)
        db.session.commit()
    tab.context.add_cookies([{"name": "civic", "value": token, "url": town.url}])


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_for_everybody(town: Town, tab: Page, lang: str) -> None:
    for path in (
        "/",
        "/sign-in",
        f"/budgets/{town.open}",
        f"/budgets/{town.open}/projects",
        f"/budgets/{town.open}/projects?view=table",
        f"/budgets/{town.finished}",
        f"/budgets/{town.finished}/results",
        f"/ballots/{town.open}/counts",
    ):
        look(tab, f"{town.url}/{lang}{path}")
    look(tab, f"{town.url}/{lang}/nowhere", status=404)


def test_the_way_of_a_ballot(town: Town, tab: Page) -> None:
    sign_in(town, tab, "marie@valclair.example")
    look(tab, f"{town.url}/en/budgets/{town.open}/ballot")
    tab.locator("[data-choice]").first.check()
    expect(tab.locator("[data-saved]")).to_have_text("Saved. Not counted until you confirm.")
    tab.reload()
    expect(tab.locator("[data-choice]:checked")).to_have_count(1)
    tab.get_by_role("button", name="Check my choices").click()
    expect(tab.locator("h1")).to_have_text("Check your choices")
    inspect(tab)
    tab.get_by_role("button", name="Confirm my vote").click()
    expect(tab.locator("h1")).to_have_text("Your vote is recorded")
    inspect(tab)


def test_the_way_of_a_ballot_without_scripts(town: Town, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    sign_in(town, tab, "paul@valclair.example")
    tab.goto(f"{town.url}/en/budgets/{town.open}/ballot")
    tab.locator("[data-choice]").first.check()
    tab.get_by_role("button", name="Check my choices").click()
    tab.get_by_role("button", name="Confirm my vote").click()
    expect(tab.locator("h1")).to_have_text("Your vote is recorded")
    context.close()


def test_leaving_with_unsaved_choices_warns(town: Town, tab: Page) -> None:
    sign_in(town, tab, "lea@valclair.example")
    tab.goto(f"{town.url}/en/budgets/{town.open}/ballot")
    tab.route("**/draft", lambda route: route.abort())
    tab.locator("[data-choice]").first.check()
    expect(tab.locator("[data-saved]")).to_contain_text("Not saved")
    asked: list[str] = []
    tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.goto(f"{town.url}/en/")
    assert asked == ["beforeunload"]


def test_pages_of_the_council(town: Town, tab: Page) -> None:
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    desk = f"/en/office/budgets/{town.open}"
    for path in (
        "/en/office",
        "/en/office/budgets/new",
        desk,
        f"{desk}/dates",
        f"{desk}/projects",
        "/en/office/staff",
        "/en/office/people",
        "/en/office/segments",
        "/en/office/segments/new",
        f"/en/office/processes/{town.finished}/representation",
    ):
        look(tab, f"{town.url}{path}")
    look(tab, f"{town.url}/en/account")


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_of_a_person(town: Town, tab: Page, lang: str) -> None:
    one, other = (person_of(town.app, f"noa{n}@valclair.example", name="Noa Prat") for n in (1, 2))
    sign_in(town, tab, "noa1@valclair.example")
    with town.app.app_context():
        people.describe(people.get_person(one), "Noa Prat", lang)
        consent.give(one, PURPOSES[0], Way("page", lang))
        notes.add("shell", people.get_person(one), "Comes on Mondays")
        db.session.commit()
    for path in ("now", "letters?saved=yes", "reach?saved=yes", "data", "erasure"):
        look(tab, f"{town.url}/{lang}/account/{path}")
    look(tab, f"{town.url}/{lang}/account-closed")
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    office = f"{town.url}/{lang}/office/people"
    for path in ("letters", "notes", "reach", "erasure", f"doubles/{other}"):
        look(tab, f"{office}/{one}/{path}")
    look(tab, f"{office}/doubles")


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_page_of_letters_on_paper(town: Town, tab: Page, lang: str) -> None:
    one = person_of(town.app, f"papel-{lang}@valclair.example", name="Zoé Núñez")
    with town.app.app_context(), town.app.test_request_context(f"/{lang}/"):
        person = people.get_person(one)
        reach.note_reach("shell", person, {"postal": "3 rue des Lilas\n12345 Valclair"})
        tags.tag("shell", person, f"papel {lang}")
        rule = segment_rules.parse({"field": "tag", "relation": "has", "tag": f"papel {lang}"})
        segment = segments.create("shell", f"Papel {lang}", "to write to", rule).segment.id
        db.session.commit()
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    look(tab, f"{town.url}/{lang}/office/segments/{segment}/letters")
    for width in (1280, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.locator("#text").fill("Chère {name|voisine},\n\nvenez à six heures.")
        tab.locator('button[value="look"]').click()
        expect(tab.locator(".panel")).to_contain_text("Chère Zoé Núñez,")
        inspect(tab)
        tab.locator('button[value="make"]').click()
        expect(tab.locator("#text-error")).to_be_visible()
        inspect(tab)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_page_of_addresses_not_written_to(town: Town, tab: Page, lang: str) -> None:
    with town.app.app_context():
        suppression.suppress("noa3@valclair.example", "complaint", "550 5.1.1 User unknown " * 9)
        db.session.commit()
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    for address in ("noa3@valclair.example", "noa4@valclair.example", "noa"):
        look(tab, f"{town.url}/{lang}/office/suppressions")
        for width in (1280, 320):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.locator("#email").fill(address)
            tab.locator("form:has(#email) button").click()
            inspect(tab)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_of_the_census(town: Town, tab: Page, lang: str) -> None:
    with town.app.app_context(), town.app.test_request_context(f"/{lang}/"):
        roll = make_list(f"Padrón {lang}")
        bring(roll, rolls.town(40))
        sent = arrival.receive("shell", roll, BytesIO(rolls.town(12).replace(b"number", b"Carnet")))
        decide = prepare(roll, file_of(*(row(n, sex="?" if n == 5 else "F") for n in range(28))))
        db.session.commit()
        imports = (sent.id, decide.id)
        listed = roll.id
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    census = f"{town.url}/{lang}/office/census"
    for path in (
        "",
        "/new",
        f"/{listed}",
        f"/{listed}/time",
        f"/{listed}/letters",
        "/desk",
        "/requests",
        *(f"/imports/{one}" for one in imports),
    ):
        look(tab, census + path)
    look(tab, f"{town.url}/{lang}/office/budgets/{town.open}/who")
    for path in ("", "/request", "/code"):
        look(tab, f"{town.url}/{lang}/account/census{path}")
    tab.goto(f"{town.url}/{lang}/account/census/code")
    tab.fill('[name="code"]', "ABCDE")
    tab.locator("main button").click()
    inspect(tab)
    tab.goto(f"{town.url}/{lang}/account/census")
    for name, text in {
        "number": "N-00007",
        "family": "x",
        "born-day": "1",
        "born-month": "1",
        "born-year": "1980",
    }.items():
        tab.fill(f'[name="{name}"]', text)
    tab.locator("main button").click()
    inspect(tab)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_page_of_a_check_that_waits(
    town: Town, tab: Page, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = {"remote_census_url": "https://register.example/", "remote_census_list": "Register"}
    monkeypatch.setitem(town.app.config, "CIVIC", dataclasses.replace(town.app.config["CIVIC"], **asks))
    someone = person_of(town.app, f"waits-{lang}@valclair.example")
    with town.app.app_context():
        registers.wait_for(someone, Sought("X-12", "ibanez", "", date(1990, 9, 17)))
        db.session.commit()
    sign_in(town, tab, f"waits-{lang}@valclair.example")
    look(tab, f"{town.url}/{lang}/account/census")
    tab.goto(f"{town.url}/{lang}/account")


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_of_streets_and_districts(town: Town, tab: Page, lang: str) -> None:
    table = b"street;from;to;side;district\nRue de l'Eglise;1;99;odd;Bourg\nChemin Vert;;;;Nord\n"
    someone = person_of(town.app, f"streets-{lang}@valclair.example")
    with town.app.app_context(), town.app.test_request_context(f"/{lang}/"):
        address = {"postal": "7, place Haute\n26100 Valclair"}
        reach.note_reach("person:1", people.get_person(someone), address)
        districts.apply("shell", districts.receive(BytesIO(table)).id)
        good = districts.receive(BytesIO(table + b"Place Haute;;;;Bourg\n")).id
        wrong = districts.receive(BytesIO(table + b";9;3;left;Sud\nChemin Vert;5;;;Sud\n")).id
        db.session.commit()
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    for path in ("", f"/files/{good}", f"/files/{wrong}"):
        look(tab, f"{town.url}/{lang}/office/census/streets{path}")


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_of_associations(town: Town, tab: Page, lang: str) -> None:
    one = clubs.register(
        town.app, f"Les Mains vertes {lang}", district="La Gare", email="mains@vertes.example"
    )
    clubs.join(town.app, one, "dora@valclair.example")
    clubs.join(town.app, one, f"{lang}@valclair.example", Standing.ASKED)
    old = clubs.register(town.app, f"L’horloge arrêtée {lang}", due_in=-9)
    with town.app.app_context(), town.app.test_request_context(f"/{lang}/"):
        file = f"Name;Theme\nFanfare {lang};sport\nL’horloge;astro\n"
        brought = importing.receive(BytesIO(file.encode())).id
        db.session.commit()
    for path in ("", "?q=zzz", f"/{one}"):
        look(tab, f"{town.url}/{lang}/associations{path}")
    sign_in(town, tab, "dora@valclair.example")
    for path in ("associations/application", f"associations/{one}", "account/associations",
                 f"account/associations/{one}/page", f"account/associations/{one}/members"):  # fmt: skip
        look(tab, f"{town.url}/{lang}/{path}")
    tab.goto(f"{town.url}/{lang}/associations/application")
    tab.locator("main form button").click()
    inspect(tab)
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    for path in ("", "/fabric", "/new", f"/{one}", f"/{old}", "/file", f"/files/{brought}"):
        look(tab, f"{town.url}/{lang}/office/associations{path}")


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_pages_of_mailings(town: Town, tab: Page, lang: str) -> None:
    with town.app.app_context(), town.app.test_request_context(f"/{lang}/"):
        who = readers.reader(f"reader-{lang}@valclair.example", name="Noa", language=lang)
        readers.reader(f"other-{lang}@valclair.example", wants=False)
        number, under_way = readers.draft().id, readers.draft()
        readers.confirm(under_way)
        under_way.send_at = under_way.confirmed_at
        db.session.commit()
        mailing_jobs.send()
        confirmed, links = under_way.id, tokens.links(who, "newsletter", number, lang)
    for address in (links.choices, links.stop):
        look(tab, town.url + urlsplit(address).path)
    tab.locator("main form button").click()
    inspect(tab)
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    mailings = f"{town.url}/{lang}/office/mailings"
    for path in (
        "",
        "/new",
        "/automatic",
        "/watching",
        f"/{confirmed}",
        f"/{confirmed}/readers/no-consent",
    ):
        look(tab, mailings + path)
    look(tab, f"{town.url}/{lang}/office/sms")
    for path in ("", "/text", "/preview", "/review"):
        look(tab, f"{mailings}/{number}{path}")
    tab.get_by_role("button").last.click()
    inspect(tab)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_system_page_and_a_form_in_maintenance(town: Town, tab: Page, tmp_path: Path, lang: str) -> None:
    sign_in(town, tab, "agent@valclair.example", Role.ADMINISTRATOR)
    tell(town.app, tmp_path, drills=[drill(hours, ok=hours != 24) for hours in range(240, 0, -12)])
    look(tab, f"{town.url}/{lang}/office/system")
    tab.goto(f"{town.url}/{lang}/account")
    close(tmp_path)
    tab.locator("form:has([name=display_name]) button").click()
    inspect(tab)
    (tmp_path / "maintenance.json").unlink()


@pytest.mark.parametrize(
    "path", ["", "/budgets/{open}", "/budgets/{open}/projects", "/budgets/{finished}/results"]
)
def test_real_pages_stay_within_the_budgets(town: Town, tab: Page, path: str) -> None:
    weight = weigh(tab, f"{town.url}/fr{path.format(open=town.open, finished=town.finished) or '/'}")
    assert weight.code <= 50_000, weight
    assert weight.html <= 20_000, weight
    assert weight.total <= 120_000, weight
    assert weight.requests <= 8, weight
    assert (len(weight.hosts), weight.cookies) == (1, 0), weight
