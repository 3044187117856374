"""Backups of a real site on Debian 12 and 13: while a town votes, to two places, by the timer; killed, refused, undone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from tests.long import some
from tests.machine import population, town
from tests.machine.crowd import SLUG, Crowd, Officer
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.load import Load
from tests.machine.network import Network
from tests.machine.town import civic
from tests.unit.elections import VALCLAIR
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.machine
REPOSITORY = "/var/backups/civic/repository"
STAGING = "/var/lib/civic/ops/staging-backup"
CARD = "/root/civic-recovery-card.txt"
PEOPLE, VOTERS, LETTERS, REQUESTS = 20_000, 30, 300, 1_500
LONGEST_WAIT_MS = 200
WATCH_LOCKS = """SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start) * 1000), 0)::int
    FROM pg_stat_activity WHERE wait_event_type = 'Lock' \\watch 0.05
"""
CHECK = """
import sys, pathlib
from app import settings
from cli.sets import manifest, records
from cli.sets.stores import store
from cli.site import HostSite
into = pathlib.Path("/root/fetched")
into.mkdir()
(one,) = store.of_site(settings.load(HostSite().given()), records.Records(), [sys.argv[1]])
one.fetch(sys.argv[2], into)
made = manifest.check_folder(into)
rows = {name: table.rows for name, table in made.fingerprint.tables.items()}
print(rows["ballot_roll"], rows["ballot_hopper"] + rows["ballot_box"], rows["persons"], len(made.parts))
"""


@dataclass
class Town:
    """A site with its people, and a second machine that keeps its sets."""

    host: Host
    vault: Host
    sink: Sink
    officer: Officer
    crowd: Crowd

    def sets(self, store: str) -> list[str]:
        """Ids of the sets in a store."""
        (told,) = civic(self.host, "sets", "--store", store)["stores"]
        return [one["id"] for one in told["sets"]]

    def records(self) -> dict[str, Any]:
        """What the host remembers of its stores."""
        return dict(json.loads(self.host.read("/var/lib/civic/ops/sets.json"))["stores"])


@pytest.fixture(scope="module", params=some(["bookworm"], ["trixie"]))
def site(request: pytest.FixtureRequest, make_host: MakeHost, network: Network) -> Iterator[Town]:
    with town.mail_server(network) as sink:
        vault = make_host(f"vault-{request.param[:4]}", "bookworm")
        host = make_host(f"sets-{request.param[:4]}", request.param)
        let_in(host, vault)
        town.bring_clone(host)
        stores = f"local={REPOSITORY}; vault=sftp:root@{vault.address}:/srv/civic daily 03:15"
        host.write(town.CONFIG, town.config(network, backup_stores=stores))
        civic(host, "install", "--config", town.CONFIG)
        with closing(Officer(host)) as officer, closing(Crowd(host, VOTERS)) as crowd:
            officer.import_and_open(VALCLAIR.encode())
            population.populate(host, SLUG, PEOPLE)
            crowd.all_at_once(lambda one: one.sign_in(sink))
            yield Town(host, vault, sink, officer, crowd)
        for one in (host, vault):
            one.shut_down()


def let_in(host: Host, vault: Host) -> None:
    """Root of the site's host may enter the vault, and knows its key."""
    host.sh("mkdir -pm 700 /root/.ssh; ssh-keygen -qN '' -t ed25519 -f /root/.ssh/id_ed25519")
    vault.write("/root/.ssh/authorized_keys", host.read("/root/.ssh/id_ed25519.pub"), 0o600)
    key = vault.read("/etc/ssh/ssh_host_ed25519_key.pub")
    host.write("/root/.ssh/known_hosts", f"{vault.address} {key}")


def test_a_new_site_has_a_card_a_timer_and_a_key_that_its_pages_never_see(site: Town) -> None:
    host = site.host
    card, password = host.read(CARD), host.read("/etc/civic/credentials/CIVIC_BACKUP_PASSWORD")
    assert town.census(host, "/root")[CARD].startswith("f root:root 600")
    assert f"CIVIC_BACKUP_PASSWORD={password}\n" in card
    assert f"CIVIC_BALLOT_KEY={host.read('/etc/civic/credentials/CIVIC_BALLOT_KEY')}\n" in card
    assert f"restore latest --from sftp:root@{site.vault.address}:/srv/civic --key-file key.txt" in card
    assert civic(host, "recovery-card")["card"].splitlines()[4:] == card.splitlines()[4:]
    assert host.sh("systemctl is-active civic-backup.timer").strip() == "active"
    assert "BACKUP_PASSWORD" not in host.sh("cat /etc/systemd/system/civic-web@.service /etc/civic/civic.env")
    assert civic(host, "install", "--config", town.CONFIG)["changed"] == []


def test_a_backup_while_people_vote_and_mails_go_out_holds_one_moment_and_nobody_waits(site: Town) -> None:
    host = site.host
    host.write("/root/watch.sql", WATCH_LOCKS)
    with Load(host, site.officer, site.crowd, VALCLAIR.encode()) as load:
        population.begin_mailing(host, LETTERS)
        load.await_requests(REQUESTS // 3, 120)
        watching = host.start("sh", "-c", "exec runuser -u postgres -- psql -XqtA civic < /root/watch.sql")
        begun = time.monotonic()
        said = civic(host, "backup")
        ended = time.monotonic()
        load.await_requests(REQUESTS, 180)
    host.run("pkill", "-x", "psql", check=False)
    waits = [int(line) for line in watching.communicate()[0].split() if line.isdigit()]
    print(
        f"\n{ended - begun:.1f} s, {said['bytes'] / 2**20:.0f} MB; {load.voted} votes; longest wait {max(waits)} ms"
    )
    print(f"p99 {load.p99_ms(0, begun):.0f} ms calm, {load.p99_ms(begun, ended):.0f} ms meanwhile")
    assert said["stores"] == ["local", "vault"]
    assert load.failed() == []
    assert len(waits) > 20
    assert max(waits) <= LONGEST_WAIT_MS
    for store in said["stores"]:
        assert site.sets(store) == [said["set"]]
        told = host.run("/opt/civic/current/venv/bin/python", "-c", CHECK, store, said["set"]).stdout.split()
        assert told[0] == told[1], "roll = hopper + box in the set too"
        assert int(told[2]) > PEOPLE
        host.sh("rm -r /root/fetched")


def test_the_timers_unit_fills_the_stores_that_are_due_and_no_other(site: Town) -> None:
    before = site.sets("vault")
    site.host.sh("systemctl start civic-backup.service")
    assert site.sets("vault") == before
    site.host.sh(
        """sed -i 's/"at": "20../"at": "2001/' /var/lib/civic/ops/sets.json"""
    )  # as if no night had passed since
    site.host.sh("systemctl start civic-backup.service")
    assert len(site.sets("vault")) == len(before) + 1
    assert site.records()["vault"]["last_failure"] is None
    said = site.host.sh("systemd-analyze security --no-pager civic-backup.service | tail -1")
    assert float(said.split(":")[1].split()[0]) <= 3.0


@pytest.mark.parametrize(
    "step", some(["push-vault"], ["stage", "push-local", "clear", "thin-local", "thin-vault"])
)
def test_a_backup_that_is_killed_leaves_nothing_behind_for_the_next(site: Town, step: str) -> None:
    if site.host.release == "trixie" and step != "push-vault":
        pytest.skip("the same code on both: one step is enough on the second Debian")
    before = site.sets("local")
    site.host.sh(f"echo backup.{step}.after kill > /run/civic-failpoint")
    killed = site.host.run("civic", "backup", "--json", check=False)
    assert killed.returncode in (-9, 137)
    civic(site.host, "recover")
    assert not site.host.has(STAGING)
    civic(site.host, "backup")
    assert not site.host.has(STAGING)
    assert set(before) < set(site.sets("local"))


@pytest.mark.parametrize("kind", some(["full"], ["raise", "io", "hang"]))
def test_a_backup_that_fails_is_undone(site: Town, kind: str) -> None:
    if site.host.release == "trixie":
        pytest.skip("the same code on both")
    before = site.sets("local")
    site.host.sh(f"echo backup.stage.after {kind} > /run/civic-failpoint")
    said = civic(site.host, "backup", code=4)
    assert "Undone: the site serves as before" in said["standing"]
    assert not site.host.has(STAGING)
    assert site.sets("local") == before
    assert site.records()["local"]["last_failure"]["why"]


def test_a_repository_that_is_gone_is_refused_and_not_made_anew(site: Town) -> None:
    host = site.host
    host.sh(f"mv {REPOSITORY} {REPOSITORY}-away; mkdir {REPOSITORY}")
    try:
        refused = civic(host, "backup", "--store", "local", code=3)
        assert "is its disk mounted?" in refused["failed"]
        assert host.sh(f"ls -A {REPOSITORY}") == ""
        said = civic(host, "backup", code=1)  # the other store has its set all the same
        assert "The new set is in: vault." in said["standing"]
        assert "is its disk mounted?" in site.records()["local"]["last_failure"]["why"]
    finally:
        host.sh(f"rmdir {REPOSITORY}; mv {REPOSITORY}-away {REPOSITORY}")


def test_a_vault_that_lets_nobody_in_is_refused_by_its_reason(site: Town) -> None:
    kept = site.vault.read("/root/.ssh/authorized_keys")
    site.vault.write("/root/.ssh/authorized_keys", "", 0o600)
    try:
        refused = civic(site.host, "backup", "--store", "vault", code=3)
    finally:
        site.vault.write("/root/.ssh/authorized_keys", kept, 0o600)
    assert "Store vault: it does not let us in." in refused["failed"]
    assert civic(site.host, "backup", "--store", "vault")["stores"] == ["vault"]


def test_another_pg_dump_first_in_the_path_is_not_used(site: Town) -> None:
    site.host.write("/usr/local/bin/pg_dump", "#!/bin/sh\necho 'the wrong one' >&2\nexit 1\n", 0o755)
    try:
        assert civic(site.host, "backup", "--store", "local")["stores"] == ["local"]
    finally:
        site.host.sh("rm /usr/local/bin/pg_dump")


def test_no_store_and_an_unknown_store_are_refused(site: Town) -> None:
    refused = civic(site.host, "backup", "--store", "tape", code=3)
    assert (refused["failed"], refused["next"]) == ("No store is called tape.", "Name one of: local, vault.")
