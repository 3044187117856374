"""The doctor finds each thing that it knows, and nothing in a site that is well."""

from __future__ import annotations

import dataclasses
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.care.maintenance import Maintenance
from cli.care.records import Drill, Records, Store
from cli.doctor import measure
from cli.doctor.examine import examine
from cli.doctor.facts import Care, Certificate, Disk, Facts, File, Part
from cli.doctor.finding import CHECKS

HANDBOOK = Path(__file__).resolve().parent.parent.parent / "docs/operating.md"
WEB = Part("civic-web@1.service", True, "active", 0, 1000.0)
GIGABYTE = 10**9
NOW = datetime(2031, 5, 1, 9, tzinfo=UTC)
SET = Store("cellar", "/mnt/cellar", 24, NOW - timedelta(hours=7), 10**9, None, "")
DRILL = Drill(NOW - timedelta(hours=5), "cellar", "s1", True, SET.last_set_at, 74.0, SET.last_set_at, "")
CARED = Care(NOW, Records((SET,), (DRILL,)))
WELL = Facts(
    is_trial=False,
    parts=(WEB,),
    answer=(200, "ready"),
    front_page=(200, "<h1>"),
    settings={
        "CIVIC_HOSTNAME": "participe.example.org",
        "CIVIC_TLS": "acme",
        "CIVIC_SMTP_HOST": "mail.example.org",
    },
    files=(File("/etc/civic/civic.env", 0o640, True, 900.0),),
    disks=(Disk("/var", 10 * GIGABYTE, 20 * GIGABYTE, 900, 1000),),
    memory_bytes=(GIGABYTE, 2 * GIGABYTE),
    killed_for_memory=0,
    clock_synchronised=True,
    restart_wanted=False,
    release=("debian", "12"),
    own_addresses=frozenset({"203.0.113.5"}),
    name_addresses=frozenset({"203.0.113.5"}),
    port_holders={80: "caddy", 443: "caddy"},
    certificate=Certificate(60, True, True, "an authority"),
    mail_server=(True, "hello"),
    app={
        "invariants": {"as many voters as ballots": True},
        "outbox": {"waiting": 1, "overdue_seconds": 3, "failed": 0},
    },
    tracebacks=0,
    care=CARED,
)


def care(**change: Any) -> dict[str, object]:
    """Facts of a host where something about its care is not as it should be."""
    return {"care": dataclasses.replace(CARED, **change)}


def known(store: Store = SET, *drills: Drill) -> dict[str, object]:
    """Other records."""
    return care(known=Records((store,), drills))


ILL = [
    ("C101", {"parts": (dataclasses.replace(WEB, runs=False),)}),
    ("C102", {"answer": (0, "refused")}),
    ("C103", {"answer": (503, "schema")}),
    ("C104", {"front_page": (500, "")}),
    ("C105", {"parts": (dataclasses.replace(WEB, restarts=9),)}),
    ("C106", {"tracebacks": 2}),
    ("C107", {"code_changed_at": 2000.0}),
    ("C108", {"app_error": "no database", "app": {}}),
    ("C109", {"app": {"invariants": {"as many voters as ballots": False}}}),
    ("C110", {"app": {"invariants": {"I8 nothing is kept beyond its time": False}}}),
    ("C111", {"app": {"unreadable_votes": 2}}),
    ("C201", {"settings_faults": ("CIVIC_SMTP_PORT must be a number",)}),
    ("C202", {"files": (File("/etc/civic/civic.env", 0o644, True, 900.0),)}),
    ("C203", {"files": (File("/etc/civic/civic.env", 0o640, False, 900.0),)}),
    ("C204", {"files": (File("/etc/civic/civic.env", 0o640, True, 2000.0),)}),
    ("C205", {"is_trial": True, "listen": "0.0.0.0"}),
    ("C301", {"disks": (Disk("/var", 10**6, 20 * GIGABYTE, 900, 1000),)}),
    ("C302", {"disks": (Disk("/var", 10 * GIGABYTE, 20 * GIGABYTE, 1, 1000),)}),
    ("C303", {"memory_bytes": (10**6, GIGABYTE)}),
    ("C304", {"killed_for_memory": 1}),
    ("C305", {"clock_synchronised": False}),
    ("C306", {"restart_wanted": True}),
    ("C307", {"release": ("debian", "11")}),
    ("C308", {"disks": (Disk("/var", 18 * GIGABYTE, 200 * GIGABYTE, 900, 1000),)}),
    ("C309", care(clock_leap_seconds=-3600.0)),
    ("C401", {"name_addresses": frozenset()}),
    ("C402", {"name_addresses": frozenset({"198.51.100.1"})}),
    ("C403", {"certificate": Certificate(3, True, True, "")}),
    ("C404", {"certificate": Certificate(60, False, True, "")}),
    ("C405", {"certificate": Certificate(60, True, False, "")}),
    ("C406", {"port_holders": {80: "nginx"}}),
    ("C407", care(renewal_faults=3)),
    ("C501", {"mail_server": (False, "refused")}),
    ("C502", {"app": {"outbox": {"waiting": 4, "overdue_seconds": 7200, "server_away_seconds": 9}}}),
    ("C503", {"app": {"outbox": {"failed": 2}}}),
    ("C504", {"app": {"outbox": {"held": 3}}}),
    ("C601", known(dataclasses.replace(SET, failed_at=NOW, why="disk full"), DRILL)),
    ("C602", known(dataclasses.replace(SET, last_set_at=NOW - timedelta(hours=37)), DRILL)),
    ("C602", known(dataclasses.replace(SET, every_hours=2), DRILL)),
    ("C603", care(known=Records())),
    ("C604", known(SET)),
    ("C605", known(SET, DRILL, dataclasses.replace(DRILL, ok=False, why="flipped"))),
    ("C606", known(SET, dataclasses.replace(DRILL, at=NOW - timedelta(days=4)))),
    ("C607", care(missing_stores=("cellar",))),
    ("C701", care(unfinished=("upgrade, at the step switch",))),
    ("C702", care(failed_units=("civic-backup.service",))),
    ("C703", care(unfinished_releases=("1.3.0",))),
    ("C704", care(drifted=("/etc/civic/Caddyfile",))),
    ("C705", care(maintenance=Maintenance("marc", "", NOW - timedelta(hours=2), NOW - timedelta(hours=1)))),
    ("C706", care(maintenance=Maintenance("marc", "disk", NOW, NOW + timedelta(hours=1)))),
]


def test_a_site_that_is_well_has_no_finding() -> None:
    assert examine(WELL) == []


@pytest.mark.parametrize(("code", "change"), ILL)
def test_each_illness_is_found_alone_with_a_cause_and_a_remedy(code: str, change: dict[str, object]) -> None:
    found = examine(dataclasses.replace(WELL, **change))  # type: ignore[arg-type]
    assert [finding.code for finding in found] == [code]
    assert all((found[0].what, found[0].cause, found[0].remedy))


def test_every_code_has_its_illness_here_and_its_chapter_in_the_handbook() -> None:
    codes = sorted(check.code for check in CHECKS)
    assert codes == sorted({code for code, _ in ILL})
    chapters = re.findall(r'^<a id="(c\d{3})"></a>', HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert [code.lower() for code in codes] == sorted(chapters)


def test_a_site_behind_the_towns_proxy_may_have_a_name_that_leads_there() -> None:
    settings = {**WELL.settings, "CIVIC_TLS": "proxy"}
    elsewhere = dataclasses.replace(WELL, settings=settings, name_addresses=frozenset({"198.51.100.1"}))
    assert examine(elsewhere) == []


def test_the_short_lived_certificates_of_the_proxys_own_authority_are_no_finding() -> None:
    internal = dataclasses.replace(
        WELL,
        settings={**WELL.settings, "CIVIC_TLS": "internal"},
        certificate=Certificate(0.4, True, False, ""),
    )
    assert examine(internal) == []


def test_grave_findings_come_first() -> None:
    found = examine(dataclasses.replace(WELL, tracebacks=1, answer=(503, ""), restart_wanted=True))
    assert [finding.code for finding in found] == ["C103", "C106", "C306"]


def test_measurements_of_this_machine_make_sense(tmp_path: Path) -> None:
    free, total = measure.memory_bytes()
    assert 0 < free <= total
    assert 0 < measure.disk(tmp_path).free_bytes <= measure.disk(tmp_path).total_bytes
    (tmp_path / "log").write_text("Traceback (most recent call last):\nx\n" * 2)
    assert measure.tracebacks(tmp_path / "log") == 2
    assert measure.file(tmp_path / "none", 0) is None
    assert "127.0.0.1" in measure.addresses_of("localhost")
    assert measure.addresses_of("nowhere.invalid") == frozenset()


def test_a_mail_server_is_greeted_and_a_silent_one_is_told_from_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_greet, args=(server,))
        thread.start()
        assert measure.mail_server("127.0.0.1", port, "none") == (True, "mail.example")
        thread.join()
    assert measure.mail_server("127.0.0.1", port, "none")[0] is False


def _greet(server: socket.socket) -> None:
    peer, _ = server.accept()
    with peer, peer.makefile("rwb", buffering=0) as stream:
        stream.write(b"220 hello\r\n")
        stream.readline()
        stream.write(b"250 mail.example\r\n")
        stream.readline()
        stream.write(b"221 bye\r\n")
