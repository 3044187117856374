"""A host that is looked after, Debian 12: failures and stale backups reach a person, maintenance, drift, the support bundle."""

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.machine import town
from tests.machine.browser import Browser, trust_in
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CONFIG
from tests.web.letters import code_in
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.machine
CANARY = "zqcanary"
ADMIN = f"{CANARY}.it@valclair.example"
RESIDENT = f"{CANARY}.ana@valclair.example"
SECRET = f"{CANARY}-{'k' * 40}"
STORES = f"{CANARY}=/var/backups/civic/repository daily"
OPS = "/var/lib/civic/ops"
SAMPLE = "from cli.site import HostSite; HostSite().app_commands().call('sample-town', standing='', then='')"
SPREAD = f"""
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') AND table_name <> 'alembic_version' LOOP
    BEGIN
      EXECUTE format('UPDATE %I SET %I = left(''{CANARY}'' || %I, 64)', one.table_name, one.column_name, one.column_name);
      RAISE NOTICE 'spread: %.%', one.table_name, one.column_name;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $$;
"""  # noqa: S608 - the canary is ours
LOGGED = f"""
echo 'sign-in of {CANARY} failed, code 482913, receipt {CANARY}-7K3M'
echo 'Traceback (most recent call last):'
echo '  File "/home/{CANARY}/x.py", line 3, in {CANARY}'
echo "{CANARY}.Error: ('{CANARY}', 'Ana {CANARY} Müller')"
exit 3
"""


@dataclass(frozen=True)
class Place:
    """The installed host and the mail server that takes its letters."""

    host: Host
    sink: Sink

    def civic(self, *words: str, code: int = 0) -> dict[str, object]:
        """A verb of the host's own civic, and its one object."""
        done = self.host.run("civic", *words, "--json", "--yes", check=False)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def letters(self) -> list[str]:
        """Subject and text of the alerts so far."""
        return [f"{mail['Subject']}\n{mail.get_content()}" for to, mail in self.sink.received if to == ADMIN]

    def write(self, path: str, facts: object) -> None:
        """A record, for root alone."""
        self.host.write(path, json.dumps(facts) + "\n", 0o600)


def wait_for(found: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture(scope="module")
def place(make_host: MakeHost, network: Network) -> Iterator[Place]:
    """One host with a site; its names, addresses and secrets are canaries. Its timers are stopped."""
    with town.mail_server(network) as sink:
        host = make_host("care", "bookworm")
        town.bring_clone(host)
        config = town.config(
            network, site_name=f"Ville {CANARY}", admin_email=ADMIN, secret_key=SECRET, backup_stores=STORES
        )
        host.write(CONFIG, config)
        town.civic(host, "install", "--config", CONFIG)
        host.sh("systemctl stop civic-care.timer civic-backup.timer")
        yield Place(host, sink)


def test_the_looks_are_timed_and_what_they_find_is_mailed_once(place: Place) -> None:
    assert place.host.sh("systemctl is-enabled civic-care.timer").strip() == "enabled"
    for unit in ("civic-worker.service", "civic-monitor.service", "civic-recover.service"):
        calls = place.host.sh(f"systemctl show --property=OnFailure --value {unit}").strip()
        assert calls == f"civic-alert@{unit}.service"
    place.host.sh("systemctl start civic-care.service")
    assert "C603 - there is no backup" in place.letters()[-1]
    before = len(place.letters())
    place.host.sh("systemctl start civic-care.service")
    assert len(place.letters()) == before
    assert place.host.sh("stat -c '%U:%G %a' /var/lib/civic/state.json").split() == ["root:civic", "640"]


def test_a_unit_that_fails_reaches_a_person_while_the_site_is_down(place: Place) -> None:
    before = len(place.letters())
    place.host.sh("systemctl stop civic-worker 'civic-web@*' postgresql@15-main")
    try:
        unit = "--unit=civic-nightly --property=OnFailure=civic-alert@civic-nightly.service.service"
        place.host.run("sh", "-c", f"systemd-run --quiet {unit} sh -c 'exit 3'")
        wait_for(lambda: len(place.letters()) > before)
    finally:
        place.host.sh("systemctl start postgresql@15-main civic-worker; systemctl reset-failed civic-nightly")
        place.host.sh(
            "systemctl start $(basename $(readlink /opt/civic/current) | sed 's/.*/civic-web@&.service/')"
        )
    said = place.letters()[-1]
    assert "C702 ! civic-nightly.service failed" in said
    assert "C101 ! civic-worker.service does not run" in said
    assert "journalctl -u civic-nightly.service" in said


def test_a_stale_backup_and_a_failed_drill_reach_a_person_and_every_view(place: Place) -> None:
    now = datetime.now(UTC)
    old, where = (now - timedelta(days=3)).isoformat(), f"sftp:{CANARY}:{CANARY}@cellar"
    last = {"id": "s1", "at": old, "bytes": 5_000_000, "seconds": 3.0}
    store = {"where": where, "initialised_at": old, "last_set": last, "last_failure": None}
    place.write(f"{OPS}/sets.json", {"stores": {CANARY: store}})
    drill = {"store": CANARY, "set": "s1", "set_made_at": old, "restore_seconds": 74.0, "newest_data_at": old}
    lines = [
        {**drill, "at": (now - timedelta(days=2)).isoformat(), "ok": True, "why": ""},
        {**drill, "at": now.isoformat(), "ok": False, "why": f"flipped in {where}"},
    ]
    place.host.write(f"{OPS}/drills.jsonl", "".join(json.dumps(one) + "\n" for one in lines), 0o600)
    place.host.sh("systemctl start civic-care.service")
    assert f"C602 ! the newest set in {CANARY} is 72 hours old" in place.letters()[-1]
    assert f"C605 ! the last drill of {CANARY} failed" in place.letters()[-1]
    plugin = place.host.run("civic", "doctor", "--nagios", check=False)
    assert (plugin.returncode, plugin.stdout.startswith("CIVIC CRITICAL - ")) == (2, True)
    assert f"'backup_age_{CANARY}'=2592" in plugin.stdout
    shown = place.host.run("civic", "status", check=False).stdout
    assert "The last drill FAILED: newer sets are not proven." in shown
    assert "1 failed" in shown
    told = json.loads(
        place.host.run("runuser", "-u", "civic", "--", "cat", "/var/lib/civic/state.json").stdout
    )
    assert [one["ok"] for one in told["drills"]] == [True, False]
    assert {"C602", "C605"} <= {one["code"] for one in told["alerts"]}


def test_maintenance_through_the_proxy(place: Place) -> None:
    place.civic("maintenance", "on", "--for", "1h", "--reason", "new disk")
    ana = Browser(place.host, trust_in(place.host))
    assert "Maintenance: pages can be read" in ana.get("/en/").text
    ana.get("/en/sign-in")
    asked = ana.send("/en/sign-in", [("email", RESIDENT)])
    wait_for(lambda: place.sink.texts_to(RESIDENT))
    ana.send(asked.path, [("code", code_in(place.sink.texts_to(RESIDENT)[-1]))])
    assert ana.get("/en/account").status == 200
    refused = ana.send("/en/account", [("display_name", f"Ana {CANARY}"), ("language", "en")])
    assert (refused.status, "What you typed is kept" in refused.text) == (503, True)
    place.civic("maintenance", "off")
    again = ana.send("/en/account", [field for field in refused.hidden() if field[0] != "csrf_token"])
    assert (again.status, f"Ana {CANARY}" in again.text) == (200, True)
    ana.close()


def test_a_file_changed_by_hand_is_found(place: Place) -> None:
    def drifted() -> list[str]:
        found = json.loads(place.host.run("civic", "doctor", "--json", check=False).stdout)["findings"]
        return [one["what"] for one in found if one["code"] == "C704"]

    whole = place.host.read("/etc/civic/Caddyfile")
    assert drifted() == []
    place.host.write("/etc/civic/Caddyfile", whole + "# by hand\n")
    assert drifted() == ["/etc/civic/Caddyfile is not as it was installed"]
    place.host.write("/etc/civic/Caddyfile", whole)
    assert drifted() == []


def test_no_canary_gets_into_the_support_bundle(place: Place) -> None:
    host = place.host
    psql = ("runuser", "-u", "civic", "--", "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "civic")
    host.run(*psql, stdin="TRUNCATE persons, processes CASCADE")  # the sample town wants an empty site
    host.run("/opt/civic/current/venv/bin/python", "-c", SAMPLE)
    spread = host.run(*psql, stdin=SPREAD).stderr
    personal = ("persons.display_name", "contact_points.address", "outbox_messages.text")
    for column in (*personal, "ballot_box.choices", "ballot_box.receipt_hash"):
        assert column in spread, spread
    host.run("systemd-run", "--quiet", "--wait", "--unit=civic-canary", "sh", "-c", LOGGED, check=False)
    begin = {
        "at": CANARY,
        "event": "begin",
        "operation": CANARY,
        "facts": {CANARY: "1.2.3", "release": CANARY},
    }
    end = {
        "at": "2031-05-01T00:00:00+00:00",
        "event": "end",
        "ok": False,
        "failed": CANARY,
        "step": f"{CANARY} x",
    }
    host.write(f"{OPS}/journal/29991231T000000Z-{CANARY}.jsonl", f"{json.dumps(begin)}\n{json.dumps(end)}\n")
    assert f"receipt {CANARY}" in host.sh("journalctl -u civic-canary -o cat")
    place.civic("support-bundle", "--output", "/root/support.tar.gz")
    assert host.sh("stat -c '%U %a' /root/support.tar.gz").split() == ["root", "600"]
    with tarfile.open(host.root / "root/support.tar.gz") as archive:
        texts = {entry.name: archive.extractfile(entry).read().decode() for entry in archive}  # type: ignore[union-attr]
    leaks = {
        name
        for name, text in texts.items()
        for word in (CANARY, "valclair", "482913", "müller")
        if word in text.lower()
    }
    assert leaks == set()
    assert "· of · failed" in texts["civic-support/journal.txt"].replace("sign-in", "·")
    assert json.loads(texts["civic-support/settings.json"])["tls"] == "internal"
    assert "C702" in texts["civic-support/findings.json"]
    assert place.civic("support-bundle", "--output", "/root/support.tar.gz", code=2)
