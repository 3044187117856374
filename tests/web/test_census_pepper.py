"""The pepper is renewed (ADR 13): everybody stays who they are, nothing under the old one is left, and no kill leaves a half."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import date
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from app.census import keys, queries, renewal, service
from app.census.keys import Keys
from app.census.models import CensusEntry, CensusMatch, CensusStaged
from app.census_imports import service as imports
from app.census_imports.errors import ListChanged
from app.census_imports.service import Asked
from app.core import clock, seal
from app.core.db import db
from app.core.policy import Role
from app.paper_codes.models import PaperCode
from app.verification import service as verification
from app.verification.rules import Claim
from tests.conftest import make_settings
from tests.web import site_process
from tests.web.callers import person_of, signed_in
from tests.web.conftest import make_client, page
from tests.web.dumps import PEOPLE, dictionary, stolen
from tests.web.forms import send
from tests.web.kills import die, die_before_statement, in_child
from tests.web.paper_letters import CODE, make
from tests.web.peppers import NEW, OLD, pepper, renew
from tests.web.rolls import bring, make_list, prepare, row, town

pytestmark = pytest.mark.both_databases

CHECK = "/en/account/census"
HER = {"number": "N-00007", "family": "Núñez-7", "born-day": "17", "born-month": "9", "born-year": "1930"}


def meaning() -> set[tuple[object, ...]]:
    """What the hashes are for: which account is which entry of which list, and whose each code is."""
    theirs = (CensusMatch.list_id == CensusEntry.list_id) & (
        CensusMatch.identity_hash == CensusEntry.identity_hash
    )
    matches = select(CensusMatch.person_id, CensusMatch.level, CensusEntry.list_id, CensusEntry.birth_on)
    codes = select(PaperCode.id, PaperCode.list_id, CensusEntry.birth_on, CensusEntry.district).join(
        CensusEntry,
        (PaperCode.list_id == CensusEntry.list_id) & (PaperCode.identity_hash == CensusEntry.identity_hash),
    )
    db.session.rollback()
    found = [*db.session.execute(matches.join(CensusEntry, theirs)), *db.session.execute(codes)]
    return {tuple(one) for one in found}


@pytest.fixture
def matched(app: Flask) -> tuple[str, str]:
    """Two lists under no pepper; one account known by a check, one code in a letter, a third person at the desk."""
    with app.app_context():
        bring(make_list(), town(PEOPLE))
        bring(make_list("Other"), town(PEOPLE))
        ((index, code),) = make(9)
    assert send(signed_in(app, "zoe@valclair.example"), CHECK, CHECK, **HER).status_code == 303
    with app.app_context():
        claim = Claim("N-00011", "nunez 11", "", date(1931, 2, 12))
        verification.verify_at_desk("person:1", claim, "eve@valclair.example", "en")
        db.session.commit()
    return index, code


def test_every_column_of_census_hashes_is_renewed() -> None:
    kept = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_hash") and ("identity_hash" in table.columns)
    }
    renewed = {
        f"{table.name}.{column.name}"
        for table in renewal.keyed_tables()
        for column in renewal.keyed_columns(table)
    }
    assert kept == renewed
    assert {name.partition(".")[0] for name in kept} >= {
        "census_entries", "census_staged", "census_matches", "paper_codes",
    }  # fmt: skip


def test_everybody_stays_who_they_are_and_nothing_of_the_old_pepper_is_left(
    app: Flask, matched: tuple[str, str]
) -> None:
    index, code = matched
    with app.app_context():
        before, meant = stolen(), meaning()
        assert len(meant) == 3
    for now in ((OLD,), (NEW, OLD)):
        pepper(app, *now)
        with app.app_context():
            assert [renew(1), renew(2)] == [PEOPLE + 3, PEOPLE]
            assert renew(1) == 0
    pepper(app, NEW)
    app.config["SECRET_KEY"] = "z" * 48  # the census hangs on it no longer
    with app.app_context():
        assert meaning() == meant
        bare = {value for value in before if len(value) == keys.LENGTH}
        assert len(bare) >= 6 * PEOPLE
        assert not {value for value in stolen() if len(value) == keys.LENGTH} & bare
        assert not service.has_other_key(queries.get_list(1))
        again = bring(queries.get_list(1), town(PEOPLE))
        assert (again.added, again.changed, again.ended) == (0, 0, 0)
    assert "You are on the list" in page(signed_in(app, "zoe@valclair.example").get(CHECK))
    other = signed_in(app, "double@valclair.example")
    assert send(other, CHECK, CHECK, **HER).status_code == 422
    assert send(other, CODE, CODE, index=index, code=code).status_code == 303
    with app.app_context():
        claim = Claim("N-00020", "nunez 20", "", date(1932, 1, 11))
        assert verification.find(claim) is not None


def test_with_the_old_pepper_and_the_key_a_stolen_dump_gives_nobody_away_any_more(
    app: Flask, matched: tuple[str, str]
) -> None:
    secret = str(app.config["SECRET_KEY"])
    for now in ((OLD,), (NEW, OLD)):
        pepper(app, *now)
        with app.app_context():
            renew()
    with app.app_context():
        dump, sealed = stolen(), queries.get_list(1).sealed_key
        own = Keys(1, sealed).own_key
        words = [blake2b(word.encode(), digest_size=keys.LENGTH, key=own).digest() for word in dictionary()]
    assert own == seal.derive_key(secret.encode(), "census:1")  # the thief has it: they had the site's key
    thieves = keys._cipher(1, OLD).encryptor().update
    assert not {thieves(word) for word in words} & dump
    owners = keys._cipher(1, NEW).encryptor().update
    assert len({owners(word) for word in words} & dump) == 3 * PEOPLE


def test_what_was_prepared_before_is_taken_over_after(app: Flask, matched: tuple[str, str]) -> None:
    pepper(app, NEW)
    with app.app_context():
        rows = [row(number) for number in range(PEOPLE)]
        rows[3] = row(3, sex="?")  # rejected: its staged row holds the entry and has no names
        prepared = prepare(queries.get_list(1), "\n".join([row_header(), *rows, row(77), ""]).encode())
        assert db.session.scalar(select(func.count()).select_from(CensusStaged)) == PEOPLE + 1
        renew()
        imports.apply("shell", prepared)
        db.session.commit()
        assert queries.count_entries(1) == PEOPLE + 1
        again = bring(queries.get_list(1), town(PEOPLE), gone=1)
        assert (again.added, again.changed, again.ended) == (0, 0, 1)


def row_header() -> str:
    """The header of a town's file."""
    return town(0).decode().strip()


def test_a_file_that_is_being_read_meanwhile_is_refused_and_can_be_sent_again(app: Flask) -> None:
    pepper(app, NEW)
    with app.app_context():
        number = make_list().id
        queries.get_list(number).sealed_key = None
        target = queries.get_list(number)
        target.key_check = Keys(number, None).check()
        db.session.commit()
        was_renewed: list[int] = []

        def pause() -> None:
            db.session.commit()
            if not was_renewed:
                was_renewed.append(renew(number))

        bringing = imports.begin("shell", target, "reading", Asked("free", clock.today()))
        db.session.commit()
        with pytest.raises(ListChanged):
            imports.read_file(bringing, BytesIO(town(4)), {}, pause)
        assert was_renewed == [4]
        db.session.rollback()
        assert bring(queries.get_list(number), town(4)).added == 4


def test_a_kill_before_any_statement_leaves_each_list_wholly_of_one_pepper_and_the_next_run_goes_on(
    app: Flask, matched: tuple[str, str]
) -> None:
    pepper(app, OLD)
    with app.app_context():
        meant = meaning()
        for number in (1, 2):
            renew(number)
    peppers = [OLD, "third-pepper-" + "3" * 32, "fourth-pepper" + "4" * 32]
    for number in range(1, 60):
        pepper(app, peppers[number % 3], peppers[(number - 1) % 3])
        ended = in_child(app, lambda at=number: _killed_renewal(at))  # type: ignore[misc]
        with app.app_context():
            standing = renewal.find_standing()
            assert not standing.lost
            assert meaning() == meant, number
            for name in standing.left:
                renew(queries.get_named(name).id)
            assert renewal.find_standing() == renewal.Standing((), ())
            assert meaning() == meant, number
            for one in (1, 2):
                assert not service.has_other_key(queries.get_list(one))
        if ended == 0:
            assert number > 15
            return
    pytest.fail("the renewal never came to its end")


def _killed_renewal(number: int) -> None:
    die_before_statement(number)
    for list_id in (1, 2):
        renew(list_id)


@pytest.mark.parametrize("moment", ["commit", "before_commit"])
def test_a_kill_at_the_commit_leaves_the_list_wholly_of_one_pepper(
    app: Flask, matched: tuple[str, str], moment: str
) -> None:
    pepper(app, NEW)

    def work() -> None:
        if moment == "commit":
            event.listen(db.engine, "commit", die)
        else:
            event.listen(db.session, "after_commit", die)
        renew()

    with app.app_context():
        meant = meaning()
    assert in_child(app, work) == signal.SIGKILL
    with app.app_context():
        is_done = Keys(1, queries.get_list(1).sealed_key).pepper == NEW
        assert is_done == (moment == "before_commit")
        assert meaning() == meant
        assert renew() == (0 if is_done else PEOPLE + 3)
        assert meaning() == meant


def test_the_command_renews_what_is_left_and_says_how_the_lists_stand(
    app: Flask, matched: tuple[str, str]
) -> None:
    settings = pepper(app, NEW)
    assert site_process.call(settings, "census-peppers") == (0, {"left": ["Roll", "Other"], "lost": []})
    with app.app_context():
        renew(1)
    assert site_process.call(settings, "census-renew") == (0, {"rows": {"Other": PEOPLE}, "lost": []})
    assert site_process.call(settings, "census-renew") == (0, {"rows": {}, "lost": []})
    assert site_process.call(settings, "census-peppers") == (0, {"left": [], "lost": []})


@pytest.mark.parametrize(
    ("given", "said", "words"),
    [("", "is missing", ["-m", "app", "worker"]), (OLD, "is another one", ["-c", "import app.wsgi"])],
)
def test_a_site_with_no_pepper_or_a_wrong_one_does_not_start_and_says_so(
    app: Flask, matched: tuple[str, str], given: str, said: str, words: list[str]
) -> None:
    with app.app_context():
        pepper(app, NEW)
        renew()
        db.session.remove()
        db.engine.dispose()
    wrong = pepper(app, *([given] if given else []))
    done = subprocess.run(
        [sys.executable, *words],
        env=site_process.environment(wrong),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"CIVIC_CENSUS_PEPPER {said}" in done.stderr, done.stderr
    assert "Roll" in done.stderr
    app.config["CIVIC"] = wrong
    answer = make_client(app).get("/readyz")
    assert answer.status_code == 503
    assert f"CIVIC_CENSUS_PEPPER {said}" in answer.json["reason"]
    right = pepper(app, NEW)
    assert make_client(app).get("/readyz").status_code == 200
    started = subprocess.run(
        [sys.executable, "-c", "import app.wsgi"],
        env=site_process.environment(right),
        capture_output=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr


def test_a_pepper_that_is_lost_is_given_up_and_the_next_file_makes_everybody_known(
    app: Flask, matched: tuple[str, str]
) -> None:
    pepper(app, NEW)
    with app.app_context():
        renew(1)
    settings = pepper(app)
    assert site_process.call(settings, "census-peppers") == (0, {"left": [], "lost": ["Roll"]})
    assert site_process.call(settings, "census-renew", "--lost")[1] == {"rows": {"Roll": 0}, "lost": []}
    assert make_client(app).get("/readyz").status_code == 200
    with app.app_context():
        assert service.has_other_key(queries.get_list(1))
        bring(queries.get_list(1), town(PEOPLE), gone=PEOPLE)
        assert not service.has_other_key(queries.get_list(1))
    assert send(signed_in(app, "zoe@valclair.example"), CHECK, CHECK, **HER).status_code == 303


def test_a_new_list_of_a_site_with_a_pepper_has_a_key_of_its_own(app: Flask) -> None:
    pepper(app, NEW)
    with app.app_context():
        made = make_list()
        assert Keys(made.id, made.sealed_key).own_key != Keys(made.id, None).own_key
        bring(made, town(4))
        again = bring(made, town(4))
        assert (again.added, again.changed, again.ended) == (0, 0, 0)
        assert renewal.find_standing() == renewal.Standing((), ())


def test_while_keys_are_renewed_checks_are_asked_to_come_back_and_pages_go_on(
    app: Flask, matched: tuple[str, str]
) -> None:
    client = signed_in(app, "noe@valclair.example")
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    if not app.config["CIVIC"].database_url.startswith("postgresql"):
        pytest.skip("SQLite lets one write at a time")
    with app.app_context():
        engine = db.engine
    with engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(hashtext('civic.census.keys'), 0)"))
        answer = send(client, CHECK, CHECK, **{**HER, "number": "N-00012"})
        assert "Try again in a minute" in page(answer, 503)
        assert 'value="N-00012"' in answer.text
        assert page(officer.get("/en/office/census"))
        assert "You are on the list" in page(signed_in(app, "zoe@valclair.example").get(CHECK))


def test_a_match_that_is_made_at_the_moment_of_a_renewal_is_renewed_with_it(
    app: Flask, matched: tuple[str, str]
) -> None:
    if not app.config["CIVIC"].database_url.startswith("postgresql"):
        pytest.skip("SQLite lets one write at a time")
    someone = person_of(app, "noe@valclair.example")
    pepper(app, NEW)
    claim = Claim("N-00012", "nunez 12", "", date(1931, 3, 21))
    begun, done = threading.Event(), threading.Event()

    def renewing() -> None:
        with app.app_context():
            begun.set()
            renew()
        done.set()

    with app.app_context():
        found = verification.find(claim)
        assert found is not None
        thread = threading.Thread(target=renewing)
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.5), "it must wait for who has hashed already"
        assert verification.matching.match(someone, found, 2, "self")
        db.session.commit()
        thread.join(30)
        assert done.is_set()
        assert verification.find_standing(someone) is not None


def test_two_peppers_at_most_and_none_that_is_short(tmp_path: Path) -> None:
    for given in ("short", f"{OLD},short", f"{OLD},{NEW},{OLD}"):
        with pytest.raises(Exception, match="CIVIC_CENSUS_PEPPER must be a secret of at least 32"):
            make_settings("sqlite:///x", tmp_path, census_pepper=given)
