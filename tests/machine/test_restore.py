"""Drill and restore on real hosts: proved, damaged, refused (A39), killed, undone (F16); a bare host from store and card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.long import only_when_long, some
from tests.machine import town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network

pytestmark = pytest.mark.machine
REPOSITORY = "/var/backups/civic/repository"
BALLOT_KEY = "/etc/civic/credentials/CIVIC_BALLOT_KEY"
PYTHON = "/opt/civic/current/venv/bin/python"
UPLOAD = "/var/lib/civic/uploads/projects/tree.txt"
LETTERS = """INSERT INTO outbox_messages
    (key, message_id, lane, recipient, subject, text, secret, state, attempts, created_at, next_at, answer)
    SELECT 'k' || n, '<m' || n || '@x>', 1, 'r' || n || '@valclair.example', 'S', 'T', false, 'waiting', 0,
    now(), now() + interval '1 hour', '' FROM generate_series(1, 3) n"""
DOCTORED = "20260101"
DOCTOR = """
import json, pathlib, shutil, sys
from app import settings
from cli.sets import manifest, signature
from cli.sets.records import Records
from cli.sets.stores.store import of_site
from cli.site import HostSite
checked = settings.load(HostSite().given())
store, = of_site(checked, Records())
folder = pathlib.Path("/root/doctored")
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
store.fetch(sys.argv[1], folder)
facts = json.loads((folder / "manifest.json").read_text())
facts["id"] = sys.argv[2]
sign = lambda password: facts.update(signature=signature.of(facts, password))
exec(sys.argv[3])
if len(sys.argv) == 4:
    sign(checked.backup_password)
(folder / "manifest.json").write_text(json.dumps(facts))
store.push(folder, manifest.read(folder))
"""
"""Makes another set of one that is there: it is fetched, changed, signed by the site, and stored anew under an id of its own."""
REFUSED = {
    "schema": ("facts['schema'] = '9999'; facts['release']['name'] = '9.9'", "schema 9999 is newer"),
    "postgresql": ("facts['postgresql_major'] = 99", "The set is of PostgreSQL 99"),
    "site": ("facts['hostname'] = 'other.example'", "The set is of other.example"),
    "dump": ("(folder / 'database/civic.dump').write_bytes(b'PGDMP')", "civic.dump: 5 bytes, not the"),
    "settings": ("(folder / 'settings/civic.env').write_bytes(b'x' * "
                 "(folder / 'settings/civic.env').stat().st_size)", "civic.env: damaged"),
    "secret": ("(folder / 'secrets/CIVIC_SECRET_KEY').write_bytes(b'x' * 64)", "secrets/CIVIC_SECRET_KEY: "),
    "upload": ("(folder / 'uploads/projects/tree.txt').write_text('elm')", "tree.txt: damaged"),
    "wheel": ("next((folder / 'release').glob('*.whl')).write_bytes(b'')", "0 bytes, not the"),
    "link": ("(folder / 'uploads/passwd').symlink_to('/etc/passwd')", "uploads/passwd: neither a file"),
    "pipe": ("import os; os.mkfifo(folder / 'uploads/pipe')", "uploads/pipe: neither a file"),
    "way out": ("facts['parts']['uploads/../../x'] = {'sha256': '0' * 64, 'bytes': 1}", "not a name within the set"),
}  # fmt: skip
"""A change of a set, and the reason for which it is refused."""
FORGED = {
    "no signature": ("facts.pop('signature')", "The set is not signed"),
    "another's signature": ("sign('somebody else')", "signed with another password"),
}
"""A set that somebody else lays into the store, and the reason for which neither restore nor drill take it."""


@pytest.fixture(scope="module")
def host(make_host: MakeHost, network: Network) -> Iterator[Host]:
    """A Debian 12 with a site, letters that wait, an uploaded file, and a set of it; the tests below follow each other."""
    with town.mail_server(network):
        made = make_host("rest", "bookworm")
        town.bring_clone(made)
        made.write(town.CONFIG, town.config(network))
        town.civic(made, "install", "--config", town.CONFIG)
        civic(made, "admin", "add", "anne@valclair.example", "--role", "officer")
        psql(made, LETTERS)
        write(made, "oak")
        civic(made, "backup")
        yield made


def test_a_drill_proves_the_newest_set_and_leaves_nothing(host: Host) -> None:
    (drill,) = civic(host, "drill")["drills"]
    assert (drill["ok"], drill["why"], drill["restore_seconds"] > 0) == (True, "", True)
    assert [json.loads(line) for line in host.read("/var/lib/civic/ops/drills.jsonl").splitlines()] == [drill]
    said = host.run("civic", "drill").stdout
    assert re.search(r"verified \d\d:\d\d, restores in \d+ s, newest data \d\d:\d\d", said), said
    assert nothing_beside(host)


def test_the_nightly_drill_is_a_unit_that_may_do_it(host: Host) -> None:
    host.sh("systemctl start civic-drill.service || { journalctl -u civic-drill.service -o cat; exit 1; }")
    assert len(host.read("/var/lib/civic/ops/drills.jsonl").splitlines()) == 3
    assert "civic-drill.timer" in host.sh("systemctl list-timers --no-legend")


@pytest.mark.parametrize("step", some([], ["load", "fetch", "check", "prove", "clear"]))
def test_a_drill_that_is_killed_harms_nothing_and_the_next_one_is_well(host: Host, step: str) -> None:
    host.write("/run/civic-failpoint", f"drill.{step}.after kill")
    assert host.run("civic", "drill", check=False).returncode in (-9, 137)
    assert "was undone" in host.run("civic", "recover").stdout
    assert nothing_beside(host)


def test_a_damaged_backup_makes_the_drill_fail(host: Host) -> None:
    pack = host.sh(f"find {REPOSITORY}/data -type f -printf '%s %p\\n' | sort -n | tail -1").split()[1]
    kept = (host.root / pack.lstrip("/")).read_bytes()
    (host.root / pack.lstrip("/")).chmod(0o600)
    (host.root / pack.lstrip("/")).write_bytes(
        kept[: len(kept) // 2] + bytes(64) + kept[len(kept) // 2 + 64 :]
    )
    host.sh("rm -rf /var/cache/civic/restic")
    try:
        failed = civic(host, "drill", code=1)
    finally:
        (host.root / pack.lstrip("/")).write_bytes(kept)
    assert "cannot be restored" in failed["failed"]
    last = json.loads(host.read("/var/lib/civic/ops/drills.jsonl").splitlines()[-1])
    assert (last["ok"], bool(last["why"])) == (False, True)
    assert civic(host, "drill")["drills"][0]["ok"]
    assert nothing_beside(host)


def test_what_cannot_be_restored_is_refused_with_its_reason_and_nothing_is_changed(host: Host) -> None:
    made = newest(host)
    before = stands(host)
    for number, (change, why) in enumerate(FORGED.values()):
        doctored = f"{DOCTORED}T0001{number:02}Z-0000"
        host.run(PYTHON, "-P", "-c", DOCTOR, made, doctored, change, "not by the site")
        for verb, code in (("restore", 3), ("drill", 1)):
            refused = civic(host, verb, doctored, code=code)
            assert why in refused["failed"], refused
    for number, (change, why) in enumerate(REFUSED.values()):
        doctored = f"{DOCTORED}T0000{number:02}Z-0000"
        host.run(PYTHON, "-P", "-c", DOCTOR, made, doctored, change)
        refused = civic(host, "restore", doctored, code=3)
        assert why in refused["failed"], refused
        assert "unit" not in refused["failed"]
    assert "Which set" in civic(host, "restore", code=2)["failed"]
    assert "has no set nix" in civic(host, "restore", "nix", code=2)["failed"]
    host.write("/root/wrong.txt", "CIVIC_BACKUP_PASSWORD=not-the-password-of-it\n")
    wrong = civic(host, "restore", "latest", "--from", REPOSITORY, "--key-file", "/root/wrong.txt", code=1)
    assert "does not open it" in wrong["failed"]
    assert stands(host) == before
    assert nothing_beside(host)


def test_a_restored_site_sends_nothing_until_told_and_there_is_a_way_back(host: Host) -> None:
    made = newest(host)
    psql(host, "DELETE FROM outbox_messages")
    write(host, "ash")
    said = civic(host, "restore", made)
    assert said["held_letters"] == 3
    assert stands(host) == ("3", "oak")
    assert civic(host, "verify")["ok"]
    assert psql(host, "SELECT count(*) FROM outbox_messages WHERE next_at < '9999-01-01'") == "0"
    civic(host, "restore", "--back")
    assert stands(host) == ("0", "ash")
    assert civic(host, "verify")["ok"]
    assert len(civic(host, "restore", "--forget")["forgotten"]) == 1
    assert nothing_beside(host)


@pytest.mark.parametrize(
    ("point", "ends"),
    some(
        [("settle.before", "new")],
        [
            ("switch.after", "old"),
            ("load.after", "old"),
            ("stop.after", "old"),
            ("switch.before", "old"),
            ("start.after", "old"),
        ],
    ),
)
def test_a_restore_that_is_killed_leaves_the_old_site_or_the_new_one(
    host: Host, point: str, ends: str
) -> None:
    old = stands(host)
    host.write("/run/civic-failpoint", f"restore.{point} kill")
    civic(host, "restore", newest(host), code=1)
    host.sh("while systemctl is-active civic-recover.service | grep -q activating; do sleep 0.2; done")
    assert "No operation was cut short" in host.run("civic", "recover").stdout
    assert stands(host) == (old if ends == "old" else ("3", "oak"))
    assert civic(host, "verify")["ok"]
    if ends == "old":
        assert nothing_beside(host)


def test_a_full_disk_is_undone(host: Host) -> None:
    old = stands(host)
    host.write("/run/civic-failpoint", "restore.switch.after full")
    assert "No space left" in civic(host, "restore", newest(host), code=4)["failed"]
    assert stands(host) == old
    assert civic(host, "verify")["ok"]


def test_a_bare_host_is_the_same_site_from_repository_and_card_alone(
    host: Host, make_host: MakeHost, network: Network
) -> None:
    civic(host, "backup")
    civic(host, "recovery-card", "--file", "/root/card.txt")
    bare = make_host("bare", "trixie")
    town.bring_clone(bare)
    bare.write("/root/card.txt", host.read("/root/card.txt"), 0o600)
    bare.sh("ssh-keygen -q -N '' -t ed25519 -f /root/.ssh/id_ed25519")
    host.sh("mkdir -p -m 700 /root/.ssh")
    host.write("/root/.ssh/authorized_keys", bare.read("/root/.ssh/id_ed25519.pub"), 0o600)
    where = f"sftp:root@{host.address}:{REPOSITORY}"
    said = town.civic(bare, "restore", "latest", "--from", where, "--key-file", "/root/card.txt")
    assert said["held_letters"] == 3
    assert tables(bare) == tables(host)
    assert stands(bare) == stands(host)
    assert bare.read(BALLOT_KEY) == host.read(BALLOT_KEY)
    beside = "--exclude-dir=aside"  # a way back, for root alone and until it is forgotten
    assert not host.sh(f"grep -rlF {beside} -f {BALLOT_KEY} /var/lib/civic /var/backups/civic || true")
    assert civic(bare, "verify")["ok"]
    assert civic(bare, "install")["changed"] == []


@only_when_long
def test_a_clone_under_another_name_sends_nothing(host: Host) -> None:
    civic(host, "backup")
    civic(host, "restore", "latest", "--hostname", "other.valclair.example", "--as-clone")
    settings = host.read("/etc/civic/civic.env")
    assert 'CIVIC_HOSTNAME="other.valclair.example"' in settings
    assert 'CIVIC_MAIL_HELD="yes"' in settings
    assert civic(host, "verify")["ok"]
    assert "is a clone" in civic(host, "mail", "resume", code=2)["failed"]


# --- what is looked at ---


def civic(host: Host, *words: str, code: int = 0) -> dict[str, Any]:
    """A verb of the host's own civic, and its object."""
    done = host.run("civic", *words, "--json", "--yes", check=False)
    assert done.returncode == code, (
        f"civic {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def psql(host: Host, statement: str) -> str:
    """Ask the site's database."""
    return host.run("runuser", "-u", "civic", "--", "psql", "-qtA", "civic", "-c", statement).stdout.strip()


def write(host: Host, words: str) -> None:
    """Put an uploaded file there."""
    host.run("install", "-D", "-o", "civic", "-g", "civic", "-m", "600", "/dev/stdin", UPLOAD, stdin=words)


def stands(host: Host) -> tuple[str, str]:
    """What is in place: letters and the uploaded file."""
    return psql(host, "SELECT count(*) FROM outbox_messages"), host.read(UPLOAD)


def newest(host: Host) -> str:
    """The newest set that nobody doctored."""
    listed = [str(one["id"]) for one in civic(host, "sets")["stores"][0]["sets"]]
    return [name for name in listed if not name.startswith(DOCTORED)][-1]


def tables(host: Host) -> dict[str, Any]:
    """The fingerprint of the site's tables; what a restore writes itself (held letters, traces of starts) is left out."""
    call = "systemd-run --quiet --pipe --wait --collect --property=User=civic --property=EnvironmentFile=/etc/civic/civic.env"
    load = "--property=LoadCredential=CIVIC_SECRET_KEY:/etc/civic/credentials/CIVIC_SECRET_KEY"
    said = json.loads(
        host.sh(f"{call} {load} /opt/civic/current/venv/bin/python -m app fingerprint").splitlines()[-1]
    )
    return {name: table for name, table in said["tables"].items() if name != "outbox_messages"}


def nothing_beside(host: Host) -> bool:
    """Whether no trace of a drill or an undone restore is left."""
    databases = host.sh(
        "runuser -u postgres -- psql -tAc \"SELECT datname FROM pg_database WHERE datname LIKE 'civic\\_%'\""
    )
    folders = host.sh(
        "ls -d /var/lib/civic/uploads.* /var/lib/civic/ops/drill /var/lib/civic/ops/restore /run/civic-scratch*"
        " 2>/dev/null || true"
    )
    units = host.sh("systemctl list-units --all --plain --no-legend 'civic-scratch*'")
    assert (databases.strip(), folders.strip(), units.strip()) == ("", "", "")
    return True
