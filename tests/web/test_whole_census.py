"""The whole way with a lifelike roll, French and Spanish: brought in twice, residents find themselves, some vote, an officer asks
who registered and did not, sees who is missing, makes a segment of them, and takes an import back.

With CIVIC_TEST_LONG=yes a thousand residents go through the pages, else some of them. The times are printed (`pytest -s`).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.budgets import queries as budgets
from app.budgets import service as voting
from app.budgets.rules import Choices
from app.census.models import CensusEntry, CensusImport, CensusList
from app.census_imports import service as imports
from app.census_imports.service import Asked
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.segments.rules import years_before
from tests.long import LONG
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token
from tests.web.lifelike import Resident, a_year_later, file_of, town
from tests.web.rolls import make_list
from tests.web.towns import open_budget

TOLD = 1_000 if LONG else 250
PLACES = ["Centre", "Gare"]
NEW = "/en/office/segments/new"
WOMEN = {
    "do": "save", "name": "Young women", "purpose": "a letter", "n.what": "all", "n-0.what": "sex:is", "n-0.sex": "f",
    "n-1.what": "age:between", "n-1.from": "16", "n-1.to": "25", "n-2.what": "district:one-of", "n-2.districts": PLACES,
    "n-3.what": "activity:ever", "n-3.kind": "registered", "n-3.process": "", "n-4.what": "activity:ever",
    "n-4.kind": "voted", "n-4.not": "1",
}  # fmt: skip
PRESETS = {"fr": ("elistelec", "civil-status"), "es": ("padron", "number")}


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long it took."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.2f} s")


def bring(target: CensusList, country: str, residents: list[Resident]) -> CensusImport:
    """A file compared with the list."""
    asked = Asked(PRESETS[country][0], clock.today())
    made = imports.prepare("shell", target, BytesIO(file_of(country, residents)), asked)
    db.session.commit()
    return made


def counts(one: CensusImport) -> tuple[int, int, int, int]:
    return one.added, one.changed, one.ended, one.rejected


def entries(list_id: int) -> list[tuple[Any, ...]]:
    """All that stands in the list."""
    table = CensusEntry.__table__
    return sorted(map(tuple, db.session.execute(select(table).where(table.c.list_id == list_id))))


def find_oneself(app: Flask, one: Resident, at: int) -> int:
    """A resident registers and finds themselves through the page; the number of the account."""
    address = f"resident{at}@valclair.example"
    client = signed_in(app, address)
    client.environ_base["REMOTE_ADDR"] = f"198.51.{at // 250}.{at % 250 + 1}"
    typed = {
        "number": one.number,
        "family": " ".join(one.families).upper(),
        "given": one.given.lower(),
        **{f"born-{part}": str(getattr(one.born, part)) for part in ("day", "month", "year")},
    }
    assert send(client, "/en/account/census", "/en/account/census", **typed).status_code == 303, one
    with app.app_context():
        people.note_activity(person_of(app, address), "registered")
        db.session.commit()
    return person_of(app, address)


def votes(one: Resident) -> bool:
    """The old vote more than the young, and one district hardly at all."""
    return one.key % 10 < (2 if one.district == "Gare" else 8 if one.born.year < 1990 else 5)


def test_the_roll_is_lifelike() -> None:
    today = date(2026, 11, 28)
    for country in PRESETS:
        made = town(country, 3_000, today)
        after = a_year_later(country, made, today)
        twins = Counter((one.household, one.born) for one in made)
        names = Counter((one.families, one.given) for one in made)
        assert max(twins.values()) == 2
        assert max(names.values()) > 1, "namesakes"
        assert not all(one.families[0].isascii() for one in made)
        known = {one.key: one for one in made}
        assert len(known) == len(made) == len({one.number for one in made})
        stayed = {one.key for one in after}
        assert known.keys() - stayed, "some died or left"
        assert stayed - known.keys(), "some came"
        moved = {
            one.household for one in after if one.key in known and one.district != known[one.key].district
        }
        assert len(moved) > 10
        assert any(one.used != known[one.key].used for one in after if one.key in known) is (country == "fr")


class Town:
    """A town on a site: its residents, those of them who come to the site, and what the site made of them."""

    def __init__(self, app: Flask, country: str) -> None:
        self.app, self.country = app, country
        with app.app_context():
            self.today = clock.today()
            self.list_id = make_list(country=country, identity=PRESETS[country][1]).id
        self.residents = town(country, TOLD * 3, self.today)
        self.told = self.residents[:TOLD]
        self.accounts: dict[int, int] = {}
        self.slug, self.process_id = "", 0

    def bring_in(self) -> None:
        """The first file; the same file again changes nothing."""
        with self.app.app_context(), timed(f"{self.country}: {len(self.residents)} brought in"):
            target = db.session.get_one(CensusList, self.list_id)
            first = bring(target, self.country, self.residents)
            assert counts(first) == (len(self.residents), 0, 0, 0)
            imports.apply("shell", first)
            db.session.commit()
            assert counts(bring(target, self.country, self.residents)) == (0, 0, 0, 0)

    def come(self) -> None:
        """Residents find themselves on the list, and many of them vote."""
        with timed(f"{self.country}: {TOLD} found themselves through the pages"):
            self.accounts = {one.key: find_oneself(self.app, one, at) for at, one in enumerate(self.told)}
        self.slug = open_budget(self.app)
        with self.app.app_context(), self.app.test_request_context("/en/"):
            poll = budgets.get_poll(self.slug)
            self.process_id, project = poll.process.id, poll.projects[0].id
            for one in filter(votes, self.told):
                voting.cast(self.slug, self.accounts[one.key], lambda _: Choices((project,)), bytes(32))
                db.session.commit()

    def ask(self, officer: FlaskClient) -> None:
        """Women of 16 to 25 in two districts who have registered and not voted, reckoned a second time by hand."""
        wanted = [
            one for one in self.told
            if one.sex == "f" and one.district in PLACES and not votes(one)
            and years_before(self.today, 26) < one.born <= years_before(self.today, 16)
        ]  # fmt: skip
        assert wanted
        form = {**WOMEN, "n-4.process": str(self.process_id)}
        with timed(f"{self.country}: the segment"):
            html = page(officer.get(send(officer, NEW, NEW, **form).location))
        assert f"<dd>{len(wanted)}</dd>" in html

    def look(self, officer: FlaskClient) -> None:
        """Who takes part beside the census; one click makes a segment of the district that hardly votes."""
        here = f"/en/office/processes/{self.slug}/representation"
        with timed(f"{self.country}: who takes part"):
            html = page(officer.get(here))
        assert f"<dd>{sum(map(votes, self.told))}</dd>" in html
        assert re.search(r'<th scope="row">Gare[^/]*too few', html)
        click = {"dimension": "district", "place": "Gare", "csrf_token": token(html)}
        html = page(officer.get(officer.post(here, data=click).location))
        came, live = (sum(one.district == "Gare" for one in some) for some in (self.told, self.residents))
        voted = sum(one.district == "Gare" and votes(one) for one in self.told)
        assert f"<dd>{came - voted}</dd>" in html
        assert f"{live - came} more people on the census lists have no account here" in html

    def grow_older_and_undo(self) -> None:
        """The file of the next year, taken over and taken back."""
        with self.app.app_context(), timed(f"{self.country}: a year later, and undone"):
            target, before = db.session.get_one(CensusList, self.list_id), entries(self.list_id)
            known = {one.key: one for one in self.residents}
            later = a_year_later(self.country, self.residents, self.today)
            stayed = {one.key: one for one in later if one.key in known}
            second = bring(target, self.country, later)
            changed = sum(one != known[key] for key, one in stayed.items())
            assert counts(second) == (len(later) - len(stayed), changed, len(known) - len(stayed), 0)
            imports.apply("shell", second)
            db.session.commit()
            assert entries(self.list_id) != before
            imports.undo("shell", db.session.get_one(CensusImport, second.id))
            db.session.commit()
            assert entries(self.list_id) == before, "row by row what it was"


@pytest.mark.parametrize("country", PRESETS)
def test_from_the_file_to_a_segment_of_who_is_missing_and_back(app: Flask, country: str) -> None:
    place = Town(app, country)
    place.bring_in()
    place.come()
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    place.ask(officer)
    place.look(officer)
    place.grow_older_and_undo()
