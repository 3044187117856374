"""Upgrade of a town of 100,000 under load: nobody notices a good one, a broken one undoes itself while the site serves (F14)."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.long import LONG, some
from tests.machine import changed_clone, population, town
from tests.machine.crowd import SLUG, Crowd, Officer
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.load import Load
from tests.machine.memory import Peak
from tests.machine.network import Network
from tests.machine.stored_rows import Rows
from tests.machine.town import civic
from tests.unit.elections import VALCLAIR
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.machine
PEOPLE, REQUESTS = (100_000, 20_000) if LONG else (30_000, 8_000)
VOTERS = 120
LETTERS = 2_000
MOST_EXTRA_MB = 250
"""The bar is 250 MB: 224 were seen on Debian 12; 271 on Debian 13, when the new worker made 100,000 people findable meanwhile."""
WARM_SECONDS = 2.0
"""The bar is 1 s on a quiet machine; 0.3 s were seen there, and 1.4 s with five times the work it has processors for."""
SOON_MS = 400
"""The bar is twice the calm p99 alone; an answer that comes so soon is let through too, for a calm p99 may be a tenth of it."""


@dataclass
class Town:
    """A site with its people and its mail server; the tests below follow each other on it."""

    host: Host
    sink: Sink
    officer: Officer
    crowd: Crowd

    def release(self) -> str:
        return os.path.basename(os.readlink(self.host.root / "opt/civic/current"))

    def invariants(self) -> dict[str, bool]:
        status = self.host.run("civic", "status", "--json", check=False)  # no name server knows the host
        said: dict[str, bool] = json.loads(status.stdout)["app"]["invariants"]
        return said


@pytest.fixture(scope="module", params=some(["bookworm"], ["trixie"]))
def site(request: pytest.FixtureRequest, make_host: MakeHost, network: Network) -> Iterator[Town]:
    with town.mail_server(network) as sink:
        host = make_host(f"upgr-{request.param[:4]}", request.param)
        town.bring_clone(host)
        host.write(town.CONFIG, town.config(network))
        civic(host, "install", "--config", town.CONFIG)
        with closing(Officer(host)) as officer, closing(Crowd(host, VOTERS)) as crowd:
            officer.import_and_open(VALCLAIR.encode())
            population.populate(host, SLUG, PEOPLE)
            crowd.all_at_once(lambda one: one.sign_in(sink))
            yield Town(host, sink, officer, crowd)
        host.shut_down()


def test_an_upgrade_under_load_fails_nobody(site: Town) -> None:
    before = site.release()
    changed_clone.make_next(site.host)
    with Load(site.host, site.officer, site.crowd, VALCLAIR.encode()) as load:
        population.begin_mailing(site.host, LETTERS)
        load.await_requests(REQUESTS // 8, 180)
        begun = time.monotonic()
        with Peak(site.host) as memory:
            said = civic(site.host, "upgrade")
        ended = time.monotonic()
        load.await_requests(REQUESTS, 300)
    calm, during = load.p99_ms(0, begun), load.p99_ms(begun, ended)
    print(
        f"\n{len(load.answers)} requests, {len(load.failed())} failed, p99 {calm:.0f} ms calm, {during:.0f} ms meanwhile"
    )
    print(
        f"{load.voted} votes, {load.uploads} files; {ended - begun:.0f} s, {memory.extra:.0f} MB more at its peak: {said}"
    )
    print("\n".join(memory.biggest))
    assert load.failed() == []
    assert memory.extra <= MOST_EXTRA_MB
    assert during <= max(2 * calm, SOON_MS)
    assert (load.voted > 10, load.uploads > 3) == (True, True)
    assert (said["changed"], said["before"], said["failed"], site.release()) == (
        True,
        before,
        0,
        said["release"],
    )
    visitor = site.crowd.residents[0].browser
    visitor.close()  # a connection that was idle for long may be gone
    assert b"*</h1>" in visitor.get("/fr/").body
    rows = Rows(site.host).ask("SELECT nickname FROM persons LIMIT 1")
    assert rows == [""]
    assert all(site.invariants().values())


def test_the_mailing_arrived_once_at_everybody(site: Town) -> None:
    ends = time.monotonic() + 180
    while Rows(site.host).ask(
        "SELECT count(*) FROM outbox_messages WHERE state IN ('waiting', 'sending')"
    ) != [0]:
        assert time.monotonic() < ends
        time.sleep(1)
    got = Counter(address for address, _ in site.sink.received if address.endswith("@mailing.example"))
    assert (len(got), set(got.values())) == (LETTERS, {1})


def test_back_and_forth_within_a_second_while_warm(site: Town) -> None:
    newer = site.release()
    said = civic(site.host, "rollback")
    assert (said["was_warm"], said["release"] != newer, site.release()) == (True, True, said["release"])
    print(f"\nwarm: switched after {said['switched_seconds']} s")
    assert said["switched_seconds"] <= WARM_SECONDS
    again = civic(site.host, "rollback")
    print(f"cold: switched after {again['switched_seconds']} s")
    assert (again["was_warm"], site.release()) == (False, newer)
    assert again["switched_seconds"] <= 10.0
    assert civic(site.host, "install", "--config", town.CONFIG)["changed"] == []


@pytest.mark.parametrize(
    "kind", some(["failing migration"], ["slow page", "import error", "failing readiness"])
)
def test_a_broken_release_undoes_itself_while_the_site_serves(site: Town, kind: str) -> None:
    before = site.release()
    changed_clone.break_in(site.host, kind)
    with Load(site.host, site.officer, site.crowd, VALCLAIR.encode(), rest=0.05) as load:
        said = civic(site.host, "upgrade", code=4)
    changed_clone.mend(site.host)
    print(f"\n{kind}: {said['failed'][:300]}")
    assert said["standing"] == f"Undone: release {before} serves as before."
    assert site.release() == before
    assert load.failed() == []
    assert len(load.answers) > 500
    listed = site.host.sh("systemctl list-units --plain --no-legend 'civic-*' | cut -d' ' -f1").split()
    assert [unit for unit in listed if "scratch" in unit] == []
    assert Rows(site.host).ask("SELECT datname FROM pg_database WHERE datname LIKE 'civic%'") == ["civic"]
    assert all(site.invariants().values())
