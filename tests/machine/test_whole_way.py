"""The whole way on bare Debian 12 and 13: one command, an officer, 200 residents at once, a decision that anyone can recount."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from app.ballots.rules import BATCH, receipt_hash
from tests.long import some
from tests.machine import town
from tests.machine.browser import Browser, trust_in
from tests.machine.crowd import SLUG, Crowd, Officer, done
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.stored_rows import (
    BALLOT_ORDERS,
    PEOPLE_ORDERS,
    Choice,
    Rows,
    hits,
    likeness,
    most_by_chance,
)
from tests.unit.elections import real_folder
from tests.web.smtp_sink import Sink

FILE = real_folder() / "France_Toulouse_2024.pb"
VOTERS = 200
pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(
        not FILE.is_file(), reason="no real elections: set CIVIC_TEST_PB to a folder of .pb files"
    ),
]


@dataclass
class Town:
    """A site that `civic install` has just made, its mail server, and its people; the tests below follow each other."""

    host: Host
    sink: Sink
    rows: Rows
    officer: Officer
    crowd: Crowd

    def read(self, path: str) -> str:
        """A page as somebody reads it who is not signed in."""
        with closing(Browser(self.host, trust_in(self.host))) as visitor:
            return done(visitor.get(path)).body.decode()

    def truth(self) -> dict[int, Choice]:
        """What each person chose, as only the residents themselves know it, by person number and project id of the file."""
        people = {
            one["normalized"]: one["person_id"]
            for one in self.rows.ask("SELECT normalized, person_id FROM contact_points")
        }
        refs = {one["id"]: one["ref"] for one in self.rows.ask("SELECT id, ref FROM projects")}
        return {
            people[one.email]: tuple(sorted(refs[project] for project in one.chosen))
            for one in self.crowd.residents
        }


@pytest.fixture(scope="module", params=some(["trixie"], ["bookworm"]))
def site(request: pytest.FixtureRequest, make_host: MakeHost, network: Network) -> Iterator[Town]:
    """A bare Debian, a clone, a config file, and one command."""
    with town.mail_server(network) as sink:
        host = make_host(f"whole-{request.param[:4]}", request.param)
        town.bring_clone(host)
        host.write(town.CONFIG, town.config(network))
        begun = time.monotonic()
        town.civic(host, "install", "--config", town.CONFIG)
        print(f"\n{request.param}: installed in {time.monotonic() - begun:.1f} s")
        with closing(Officer(host)) as officer, closing(Crowd(host, VOTERS)) as crowd:
            yield Town(host, sink, Rows(host), officer, crowd)
        host.shut_down()


def test_an_officer_imports_a_real_budget_and_opens_it(site: Town) -> None:
    site.officer.import_and_open(FILE.read_bytes())
    assert f'href="/en/budgets/{SLUG}/ballot"' in site.read(f"/en/budgets/{SLUG}")
    assert len(site.rows.ask("SELECT id FROM projects")) == 183


def test_two_hundred_residents_sign_in_by_mailed_code_and_vote_at_once(site: Town) -> None:
    whole, each = site.crowd.all_at_once(lambda one: one.sign_in(site.sink))
    print(f"\n{VOTERS} sign-ins in {whole:.1f} s: median {each[VOTERS // 2]:.1f} s, slowest {each[-1]:.1f} s")
    whole, each = site.crowd.all_at_once(lambda one: one.vote())
    print(f"{VOTERS} votes in {whole:.1f} s: median {each[VOTERS // 2]:.1f} s, slowest {each[-1]:.1f} s")
    assert len({one.receipt for one in site.crowd.residents}) == VOTERS


def test_while_votes_come_in_ballots_reach_the_box_only_in_batches(site: Town) -> None:
    until = time.monotonic() + 30
    while (waiting := len(site.rows.ask("SELECT id FROM ballot_hopper"))) >= 2 * BATCH:
        assert time.monotonic() < until, "the worker carries nothing"
        time.sleep(1)
    together = site.rows.ask("SELECT count(*) FROM ballot_box GROUP BY xmin::text")
    assert together
    assert min([*together, waiting]) >= BATCH, (
        "as many stay behind, so that the last to vote are not alone either"
    )
    assert sum(together) + waiting == VOTERS
    assert site.rows.ask("SELECT b.id FROM ballot_box b JOIN ballot_roll r ON r.xmin = b.xmin") == []


def test_the_worker_counts_what_the_officer_closes_and_everyone_can_count_again(site: Town) -> None:
    print(f"\nclosed and counted {site.officer.close_and_publish():.1f} s after the close")
    page = site.read(f"/en/budgets/{SLUG}/results")
    refs = {one["id"]: one["ref"] for one in site.rows.ask("SELECT id, ref FROM projects")}
    shown = re.findall(r'<tr class="is-funded">.*?/projects/(\d+)"', page)
    site.host.write("/root/box.pb", site.read(f"/en/budgets/{SLUG}/box.pb"))
    recount = json.loads(site.host.run("civic", "count", "/root/box.pb", "--json").stdout)
    assert len(shown) > 1
    assert [refs[int(one)] for one in shown] == recount["funded"]
    exported = Counter(_votes(site.host.read("/root/box.pb")))
    assert exported.total() == VOTERS
    assert exported == Counter(site.truth().values()), "every ballot as it was cast"


def test_the_page_of_the_counts_and_every_receipt_agree(site: Town) -> None:
    page = site.read(f"/en/ballots/{SLUG}/counts")
    assert "The numbers agree" in page
    assert f"{VOTERS} people on the roll = 0 ballots on their way to the box + {VOTERS} in the box" in page
    listed = site.read(f"/en/ballots/{SLUG}/receipts.txt").split()
    assert listed == sorted(receipt_hash(one.receipt) for one in site.crowd.residents)


def test_no_column_no_value_and_no_transaction_number_names_the_voter_of_a_ballot(site: Town) -> None:
    rows = site.rows
    assert rows.columns("ballot_box") == {
        "process_id": "integer", "id": "character varying", "choices": "text", "receipt_hash": "character varying"
    }  # fmt: skip
    assert len(rows.ask("SELECT DISTINCT xmin::text FROM ballot_box")) == 1
    assert rows.ask("SELECT current_setting('track_commit_timestamp')") == ["off"]
    left = rows.ask(
        "SELECT pg_relation_size('ballot_hopper') AS hopper, (SELECT count(*) FROM ballot_drafts) AS drafts"
    )
    assert left == [{"hopper": 0, "drafts": 0}]
    ballots = rows.ask("SELECT id, receipt_hash FROM ballot_box")
    named = {text for one in ballots for text in one.values()} | {one.receipt for one in site.crowd.residents}
    for table in rows.tables():
        if table == "ballot_box":
            continue
        texts = rows.texts(table)
        assert not [text for text in named if text in texts], table
        if {"person_id", "recipient"} & set(rows.columns(table)):
            assert rows.ask(f'SELECT b.id FROM ballot_box b JOIN "{table}" t ON t.xmin = b.xmin') == [], table  # noqa: S608


def test_laying_people_and_ballots_side_by_side_in_any_stored_order_links_nobody(site: Town) -> None:
    truth = site.truth()
    voted = site.rows.people("transaction of the roll")
    as_voted = [truth[one] for one in voted]
    assert (hits(voted, as_voted, truth), likeness(voted, as_voted, truth)) == (VOTERS, 1.0), (
        "a leak would be seen"
    )
    tried = {
        (people, ballots): (site.rows.people(people), site.rows.ballots(ballots))
        for people in PEOPLE_ORDERS
        for ballots in BALLOT_ORDERS
    }
    found = {
        name: (hits(*orders, truth), round(likeness(*orders, truth), 2)) for name, orders in tried.items()
    }
    most = max(number for number, _ in found.values())
    print(
        f"\n{len(found)} pairings: at most {most} of {VOTERS} right, by chance up to {most_by_chance(truth):.0f}"
    )
    print(f"correlation at most {max(abs(rho) for _, rho in found.values())}")
    assert [name for name, (number, _) in found.items() if number > most_by_chance(truth)] == []
    assert [name for name, (_, rho) in found.items() if abs(rho) > 0.35] == []


def _votes(file: str) -> list[Choice]:
    head, *lines = file.split("VOTES\n")[1].strip().splitlines()
    column = head.split(";").index("vote")
    return [tuple(sorted(line.split(";")[column].split(","))) for line in lines]
