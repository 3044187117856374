"""Care for a host: records, word for the site, history, the plugin's line, maintenance, what work on it left behind."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import backup_stores
from cli.care import clock_watch, history, maintenance, nagios, publish, records, told
from cli.care.records import Drill, Records, Store
from cli.console import Console
from cli.doctor import gather_care
from cli.doctor.examine import examine
from cli.doctor.facts import Care, Facts
from cli.lifecycle.journal import Journal, alone, is_held
from cli.main import civic
from cli.site import HostSite
from cli.trial.folder import TrialFolder

NOW = datetime(2031, 5, 1, 9, tzinfo=UTC)
WHERE = "sftp:backup:s3cret@cellar:/sets"
SETS = {
    "stores": {
        "cellar": {
            "where": WHERE,
            "initialised_at": "2031-01-01T00:00:00+00:00",
            "last_set": {"id": "s2", "at": "2031-05-01T02:00:00+00:00", "bytes": 5_000_000, "seconds": 3.0},
            "last_failure": {"at": "2031-05-01T08:00:00+00:00", "why": f"cannot reach {WHERE}"},
        },
        "usb": {"where": "/mnt/usb", "initialised_at": "", "last_set": None, "last_failure": None},
    }
}


def line(day: int, ok: bool = True, seconds: float = 74.0) -> str:
    """One line of drills.jsonl."""
    at = f"2031-04-{day:02}T03:41:00+00:00"
    made = f"2031-04-{day:02}T02:00:00+00:00"
    facts = {
        "at": at,
        "store": "cellar",
        "set": "s1",
        "ok": ok,
        "set_made_at": made,
        "why": "" if ok else WHERE,
    }
    return json.dumps(
        {**facts, "restore_seconds": seconds if ok else 0.0, "newest_data_at": made if ok else None}
    )


@pytest.fixture
def ops(tmp_path: Path) -> Path:
    """A host's records, with a line that the power cut."""
    folder = tmp_path / "var/lib/civic/ops"
    (folder / "journal").mkdir(parents=True)
    (folder / "sets.json").write_text(json.dumps(SETS))
    (folder / "drills.jsonl").write_text(
        "\n".join([line(28), line(29, ok=False), line(30, seconds=80), '{"at": "20'])
    )
    upgrade = {
        "at": "2031-04-02T00:00:00+00:00",
        "from": "1",
        "to": "2",
        "ok": True,
        "requests": 1742,
        "failed": 0,
    }
    (folder / "upgrades.jsonl").write_text(
        json.dumps({**upgrade, "slowest_ms": 140, "seconds": 9, "why": ""}) + "\n"
    )
    return folder


def test_records_are_read_and_what_is_half_or_foreign_is_passed_over(ops: Path, tmp_path: Path) -> None:
    known = records.read(ops)
    assert [(one.name, one.every_hours, one.last_set_bytes) for one in known.stores] == [
        ("cellar", 0, 5_000_000),
        ("usb", 0, 0),
    ]
    assert [one.ok for one in known.drills] == [True, False, True]
    assert known.verified is not None
    assert known.verified.data_age_seconds == 101 * 60
    assert (known.upgrades[0].to, known.upgrades[0].requests) == ("2", 1742)
    assert records.read(tmp_path / "nowhere") == Records()
    (ops / "sets.json").write_text("[]")
    (ops / "drills.jsonl").write_text("7\nnull\n{}\n")
    assert records.read(ops).drills == records.read(ops).stores == ()


def test_the_settings_say_which_stores_there_are_and_when_one_is_stale(ops: Path) -> None:
    known = records.read(ops)
    weekly = records.as_set_up(known, backup_stores.parse("cellar=/sets weekly; vault=/vault"))
    assert [(one.name, one.every_hours) for one in weekly.stores] == [("cellar", 168)]
    by_hand = records.as_set_up(known, backup_stores.parse("usb=age:/mnt/usb by-hand"))
    assert [(one.name, one.every_hours) for one in by_hand.stores] == [("usb", 0)]
    late = NOW + timedelta(days=30)
    assert "C602" in {one.code for one in examine(Facts(is_trial=False, care=Care(late, weekly)))}
    assert "C602" not in {one.code for one in examine(Facts(is_trial=False, care=Care(late, known)))}


def test_the_sites_page_is_told_without_places_and_reasons(ops: Path, tmp_path: Path) -> None:
    found = told.compare(NOW, [examine(Facts(is_trial=False, restart_wanted=True))[0]], told.Told())
    told.write(ops / told.FILE, found.after)
    publish.publish(tmp_path)
    path = tmp_path / "var/lib/civic/state.json"
    text = path.read_text()
    assert path.stat().st_mode & 0o007 == 0
    assert not [word for word in ("s3cret", "sftp", "/mnt", "reach") if word in text]
    said = json.loads(text)
    assert [one["name"] for one in said["stores"]] == ["cellar", "usb"]
    assert (len(said["drills"]), said["alerts"][0]["code"]) == (3, "C306")


def said_by(encoding: str, known: Records) -> dict[str, str]:
    """The lines of the page on a terminal of that encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return dict(history.rows(Console(out=stream, err=stream), known, NOW, "Europe/Paris"))


def test_the_history_is_a_chart_with_numbers_on_every_terminal(ops: Path) -> None:
    rich, plain = said_by("utf-8", records.read(ops)), said_by("ascii", records.read(ops))
    assert rich["Time to restore"] == "█×█  74 s to 80 s, last 80 s, 3 drills, 1 failed (×)"
    assert plain["Time to restore"] == "8x8  74 s to 80 s, last 80 s, 3 drills, 1 failed (x)"
    assert rich["Age of its data"] == "█×█  101 min to 101 min, last 101 min, 3 drills, 1 failed (×)"
    assert rich["Last drill"] == "verified 2031-04-30 05:41, restores in 80 s, newest data 2031-04-30 04:00"
    assert rich["Last upgrade"] == "2031-04-02 02:00 to 2: 0 of 1742 requests failed, slowest 140 ms"


def test_nothing_is_called_a_backup_without_a_drill() -> None:
    store = Store("cellar", "/x", 24, NOW, 1, None, "")
    failed = Drill(NOW, "cellar", "s1", False, NOW, None, None, "flipped")
    for known in (Records((store,)), Records((store,), (failed,))):
        assert said_by("utf-8", known)["Backup"] == "not proven: no drill has restored a set yet"
    well = dataclasses.replace(failed, ok=True, restore_seconds=3.0)
    assert (
        "FAILED: newer sets are not proven" in said_by("utf-8", Records((store,), (well, failed)))["Backup"]
    )


def test_the_plugins_line_has_its_form_and_its_codes(ops: Path) -> None:
    daily = backup_stores.parse("cellar=/sets daily")
    facts = Facts(is_trial=False, care=Care(NOW, records.as_set_up(records.read(ops), daily)))
    text, code = nagios.line_of(facts, examine(facts))
    assert code == 2
    assert text.startswith("CIVIC CRITICAL - C601 the last backup to cellar failed")
    words, _, figures = text.partition(" | ")
    assert "\n" not in text
    assert "|" not in words + figures
    assert "'backup_age_cellar'=25200s;86400;129600" in figures.split()
    assert "backup_age=111600s;172800;259200" in figures.split()
    assert "drill_age=105540s;172800;259200" in figures.split()
    well = Facts(is_trial=False)
    assert nagios.line_of(well, []) == ("CIVIC OK - nothing found | ", 0)
    assert nagios.line_of(well, examine(dataclasses.replace(well, restart_wanted=True)))[1] == 1
    assert nagios.unknown("no | site\nhere") == ("CIVIC UNKNOWN - no / site here", 3)


def test_a_doctor_that_cannot_look_is_unknown_to_the_plugin(tmp_path: Path) -> None:
    said = CliRunner().invoke(civic, ["doctor", "--nagios", "--trial", "--dir", str(tmp_path / "none")])
    assert (said.exit_code, said.output.startswith("CIVIC UNKNOWN - ")) == (3, True)


# --- maintenance ---


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """The folder of a trial site."""
    TrialFolder(tmp_path / "trial").create()
    return tmp_path / "trial"


def on(folder: Path, *words: str) -> tuple[int, str]:
    said = CliRunner().invoke(civic, ["maintenance", "on", "--trial", "--dir", str(folder), *words])
    return said.exit_code, said.output


def test_maintenance_has_an_owner_and_an_end_and_is_ended(
    trial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "marc")
    assert on(trial, "--for", "1h30m", "--reason", "new disk")[0] == 0
    found = maintenance.read(trial)
    assert found is not None
    assert (found.by, found.reason, found.until - found.since) == ("marc", "new disk", timedelta(minutes=90))
    assert "replaces the maintenance of marc" in on(trial, "--by", "county")[1]
    off = ["maintenance", "off", "--trial", "--dir", str(trial)]
    assert "takes forms again" in CliRunner().invoke(civic, off).output
    assert maintenance.read(trial) is None
    assert "was not in maintenance" in CliRunner().invoke(civic, off).output


@pytest.mark.parametrize("span", ["", "2", "0m", "25h", "1441m", "-1h", "2 h", "two hours", "9999h"])
def test_a_time_that_is_none_or_too_long_is_wrong_use(trial: Path, span: str) -> None:
    code, said = on(trial, "--for", span)
    assert (code, "--for" in said, maintenance.read(trial)) == (2, True, None)


def test_all_faults_are_told_at_once(trial: Path) -> None:
    code, said = on(trial, "--for", "25h", "--reason", "a\nb", "--by", "x" * 201)
    assert (code, [word in said for word in ("--for", "--reason", "--by")]) == (2, [True] * 3)


# --- work on the host ---


def test_files_changed_or_removed_by_hand_are_found(tmp_path: Path, ops: Path) -> None:
    site = HostSite(tmp_path)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/a").write_text("as installed\n")
    good = hashlib.sha256(b"as installed\n").hexdigest()
    (ops / gather_care.INSTALLED).write_text(json.dumps({"/etc/a": good, "/etc/b": good}))
    assert gather_care.drifted(site) == ("/etc/b",)
    (tmp_path / "etc/a").write_text("by hand\n")
    assert gather_care.drifted(site) == ("/etc/a", "/etc/b")


def test_operations_and_releases_that_were_cut_short_are_found(tmp_path: Path, ops: Path) -> None:
    journal = Journal.open(ops / "journal", "upgrade", {"release": "2"})
    journal.begin("switch")
    assert gather_care.unfinished(ops / "journal") == ("upgrade, at the step switch",)
    journal.end(False)
    assert gather_care.unfinished(ops / "journal") == ()
    for name in ("1.0.0", "1.1.0"):
        (tmp_path / "opt/civic/releases" / name).mkdir(parents=True)
    (tmp_path / "opt/civic/releases/1.0.0/MANIFEST.json").write_text("{}")
    assert gather_care.unfinished_releases(HostSite(tmp_path)) == ("1.1.0",)


def test_a_store_whose_folder_is_gone_is_missed_once_it_had_a_set(ops: Path) -> None:
    known = records.read(ops)
    assert gather_care.missing(known) == ()
    used = tuple(dataclasses.replace(one, last_set_at=NOW) for one in known.stores)
    assert gather_care.missing(dataclasses.replace(known, stores=used)) == ("usb",)


def test_whether_an_operation_is_under_way_is_seen_without_hindering_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with alone(lock, "civic upgrade"):
        assert is_held(lock)
    assert not is_held(lock)
    with lock.open("a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_clock_that_leapt_is_noticed_for_a_day(tmp_path: Path) -> None:
    """F9."""
    clock_watch.watch(tmp_path)
    clock_watch.watch(tmp_path)
    assert clock_watch.find_leap(tmp_path) is None
    path = tmp_path / clock_watch.FILE
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "at": said["at"] - 3600}))
    clock_watch.watch(tmp_path)
    leap = clock_watch.find_leap(tmp_path)
    assert leap is not None
    assert abs(leap - 3600) < 5
    clock_watch.watch(tmp_path)
    assert clock_watch.find_leap(tmp_path) is not None
    path.write_text(json.dumps({**json.loads(path.read_text()), "leapt_at": "2001-01-01T00:00:00+00:00"}))
    assert clock_watch.find_leap(tmp_path) is None
    path.write_text(json.dumps({**said, "boot": "another", "at": 0}))
    clock_watch.watch(tmp_path)
    assert clock_watch.find_leap(tmp_path) is None
