"""The support bundle: what somebody elsewhere needs in order to help, and nothing of residents, staff or secrets.

Each part is made of a list of what may be in it. New settings, facts and log lines stay out until somebody puts them on a list.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import settings
from app.version import __version__
from cli import clock, run
from cli.care import publish, vocabulary
from cli.console import Console
from cli.doctor import gather_host, measure
from cli.doctor.examine import examine
from cli.doctor.facts import Facts
from cli.errors import WrongUse
from cli.site import OPS, HostSite

SHOWN_SETTINGS = {"country", "languages", "time_zone", "currency", "tls", "firewall", "trial"}
SHOWN_SETTINGS |= {"web_workers", "web_threads", "smtp_port", "smtp_security"}
"""Settings whose values are few and mean nobody; of the others it is said only whether they were given."""
UNIT_FACTS = "Id,ActiveState,SubState,Result,NRestarts,ExecMainStatus,MemoryCurrent,ActiveEnterTimestamp"
UNITS = ("civic-*", "caddy.service", "postgresql*.service")
LINES = 2000
OPERATIONS = 20
_RELEASE = re.compile(r"\d+\.\d+\.\d+(-[0-9a-f]{8})?")


@dataclass(frozen=True)
class Part:
    """A file of the bundle: its name, what it holds in words, its text."""

    name: str
    holds: str
    text: str


def collect(site: HostSite) -> list[Part]:
    """All parts; nothing is written."""
    facts = gather_host.gather(site)
    made: list[tuple[str, str, Callable[[], Any]]] = [
        ("versions.json", "releases of civic, Debian, Python and what it stands on", lambda: _versions(site)),
        (
            "settings.json",
            "which settings were given; values only of those that mean nobody",
            lambda: _settings(facts),
        ),
        ("findings.json", "codes of the doctor's findings", lambda: _findings(facts)),
        ("units.txt", "how systemd sees the site's units", _units),
        ("journal.txt", "log lines of two days: known words only, a dot for every other", _journal),
        ("operations.json", "installs, upgrades, backups: steps with their times", _operations),
        ("host.json", "disks, memory, load", lambda: _host(facts)),
        ("site.json", "schema, numbers of people, processes and letters", lambda: _site(facts)),
        ("care.json", "ages and durations of backups and drills", lambda: _care(facts, site)),
    ]
    return [Part(name, holds, _text(make())) for name, holds, make in made]


def write(console: Console, site: HostSite, output: Path | None, show: bool) -> Mapping[str, Any]:
    """Show what would be in it, ask, then write it for root alone.

    Raises: WrongUse when the file is there already, or nobody agreed.
    """
    site.require()
    path = output or Path(f"civic-support-{clock.stamp()}.tar.gz")
    if path.exists():
        raise WrongUse(f"{path} is there already.", "Name another file with --output.")
    with console.step("Collecting", about_seconds=8):
        parts = collect(site)
    console.table([(part.name, f"{len(part.text.encode()):>8} bytes  {part.holds}") for part in parts])
    if show:
        for part in parts:
            console.heading(f"== {part.name}")
            console.say(part.text)
        return {"parts": {part.name: part.text for part in parts}}
    console.say("Read all of it first: civic support-bundle --show")
    console.agree(f"Write it to {path}?")
    _pack(path, parts)
    console.say(f"{path}, readable by you alone. It goes nowhere by itself: send it to whom you trust.")
    return {"path": str(path.absolute()), "parts": [part.name for part in parts]}


def _pack(path: Path, parts: list[Part]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for part in parts:
            content = part.text.encode()
            entry = tarfile.TarInfo(f"civic-support/{part.name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(clock.now().timestamp())
            archive.addfile(entry, io.BytesIO(content))


def _versions(site: HostSite) -> dict[str, Any]:
    names = ("systemd", "caddy", "postgresql-15", "postgresql-17", "restic", "age", "openssh-client")
    asked = run.capture(["dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *names])
    packages = dict(line.split(" ", 1) for line in asked.out.splitlines() if " " in line)
    return {
        "civic": __version__,
        "release": site.version() if _RELEASE.fullmatch(site.version()) else "",
        "python": platform.python_version(),
        "kernel": platform.release(),
        "debian": list(measure.release() or ()),
        "packages": packages,
    }


def _settings(facts: Facts) -> dict[str, str]:
    said = {}
    for one in settings.declared():
        given = facts.settings.get(settings.env_name(one.name))
        is_valid = (
            one.name in SHOWN_SETTINGS and given is not None and _is_valid(one.metadata["parse"], given)
        )
        said[one.name] = "not given" if given is None else given if is_valid else "given"
    return said


def _is_valid(parse: Callable[[str], Any], given: str) -> bool:
    try:
        parse(given)
    except ValueError:
        return False
    return True


def _findings(facts: Facts) -> list[dict[str, Any]]:
    return [{"code": one.code, "is_grave": one.is_grave} for one in examine(facts)]


def _units() -> str:
    asked = run.capture(["systemctl", "show", "--no-pager", f"--property={UNIT_FACTS}", *UNITS])
    return asked.out


def _journal() -> str:
    words = ["journalctl", "--no-pager", "--output=json", "--since=-48h", f"--lines={LINES}"]
    asked = run.capture([*words, *(f"--unit={unit}" for unit in UNITS)])
    return "\n".join(_entry(line) for line in asked.out.splitlines())


def _entry(line: str) -> str:
    try:
        said = json.loads(line)
        at = int(said["__REALTIME_TIMESTAMP"]) // 1000
        message = said.get("MESSAGE")
    except (ValueError, KeyError, TypeError):
        return vocabulary.HIDDEN
    unit = vocabulary.kept(str(said.get("_SYSTEMD_UNIT", "")).partition("@")[0])
    priority = str(said.get("PRIORITY", ""))[:1]
    text = "\n".join(vocabulary.kept(one) for one in message.splitlines()) if isinstance(message, str) else ""
    return f"{at} {unit} <{priority}> {text}"


def _operations() -> list[dict[str, Any]]:
    found = []
    for path in sorted((OPS / "journal").glob("*.jsonl"))[-OPERATIONS:]:
        lines = [_object(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found.append({"events": [_event(line) for line in lines]})
    return found


def _event(said: dict[str, Any]) -> dict[str, Any]:
    named: list[str] = [name for name in ("event", "operation", "step") if name in said]
    words = {name: vocabulary.kept(str(said[name])) for name in named}
    releases = {
        vocabulary.kept(name): text
        for name, text in (said.get("facts") or {}).items()
        if _RELEASE.fullmatch(str(text))
    }
    at = {"at": said["at"]} if re.fullmatch(r"[0-9T:.+-]{10,40}", str(said.get("at", ""))) else {}
    return {**at, **words, **releases, **({"ok": bool(said["ok"])} if "ok" in said else {})}


def _host(facts: Facts) -> dict[str, Any]:
    return {
        "disks": [
            [one.free_bytes, one.total_bytes, one.free_inodes, one.total_inodes] for one in facts.disks
        ],
        "memory_bytes": facts.memory_bytes,
        "killed_for_memory": facts.killed_for_memory,
        "clock_synchronised": facts.clock_synchronised,
        "restart_wanted": facts.restart_wanted,
        "load": os.getloadavg(),
        "processors": os.cpu_count(),
    }


def _site(facts: Facts) -> dict[str, Any]:
    told = facts.app or {}
    counts = {name: told.get(name) for name in ("people", "processes", "outbox", "worker", "invariants")}
    return {"schema": told.get("schema"), **{name: _numbers(value) for name, value in counts.items()}}


def _numbers(value: Any) -> Any:
    """Numbers and truths, under names that civic's own code has."""
    if isinstance(value, dict):
        return {vocabulary.kept(str(name)): _numbers(one) for name, one in value.items()}
    return value if isinstance(value, int | float | bool) or value is None else vocabulary.HIDDEN


def _care(facts: Facts, site: HostSite) -> dict[str, Any]:
    """As the system page has it, with numbers for the names of stores."""
    if facts.care is None:
        return {}
    said = publish.facts(facts.care.known, "")
    numbers = {one["name"]: f"store {number}" for number, one in enumerate(said["stores"], start=1)}
    for one in said["stores"]:
        one["name"] = numbers[one["name"]]
    for one in said["drills"]:
        one["store"] = numbers.get(one["store"], "a former store")
    return said


def _text(made: Any) -> str:
    return made if isinstance(made, str) else json.dumps(made, indent=1, default=str)


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
