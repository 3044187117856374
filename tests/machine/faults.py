"""Every step of every operation, failed in every way: what became of the site, and that the data are the same.

`python -m tests.machine.faults [OPERATION[.STEP]...]` tries them, or only these, on a Debian 12 and brings docs/faults.md up to
date; the tests try the kills.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.lifecycle.failpoint import KINDS
from cli.lifecycle.journal import Journal
from tests.machine import changed_clone, population, town
from tests.machine.crowd import SLUG, Officer
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import civic
from tests.unit.elections import VALCLAIR

PEOPLE = 2_000
SETTLED_SECONDS = 180
MOMENTS = {"before": KINDS, "after": ("kill",)}
"""An error after a step is an error in the step; a kill there is not: the step is done, and not yet marked as done."""
IN_WORDS = {
    "kill": "kill -9", "raise": "exception", "full": "disk full", "io": "I/O error", "hang": "hang",
}  # fmt: skip

FILE = Path(__file__).resolve().parents[2] / "docs/faults.md"
HEAD = f"""# What becomes of a fault

Every step of every operation, failed in every way on a real Debian 12, and what became of it. *Undone*: the old state serves,
as if nothing had been begun. *Gone on with*: the new state is complete. After each fault it was seen that exactly one release
serves, boots and runs the worker; that a vote goes through (and is taken back), over HTTPS; that people, roll, box and projects
are the same; that the invariants hold; and that nothing is left over. Written by `python -m tests.machine.faults`; kills of an
upgrade, reboots and power cuts are in the tests (`tests/machine/test_faults.py`).

| operation | step | fault | {" | ".join(IN_WORDS[kind] for kind in KINDS)} |
|{"---|" * (3 + len(KINDS))}
"""


@dataclass
class Scene:
    """A host with two releases, the older one live, and some people; every case begins and ends there."""

    host: Host
    older: str = ""
    newer: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def set_up(self) -> Scene:
        """Install one release, let people vote, lay a newer one down and go back."""
        town.bring_clone(self.host)
        civic(self.host, "install", "--config", town.CONFIG)
        self.older = self.serves()
        officer = Officer(self.host)
        officer.import_and_open(VALCLAIR.encode())
        officer.close()
        population.populate(self.host, SLUG, PEOPLE)
        changed_clone.make_next(self.host)
        self.newer = civic(self.host, "upgrade")["release"]
        self.go_back()
        self.data = self.fingerprint()
        return self

    def serves(self) -> str:
        """The release that serves."""
        return os.path.basename(os.readlink(self.host.root / "opt/civic/current"))

    def go_back(self) -> None:
        """The older release serves, as at the beginning of each case."""
        if self.serves() != self.older:
            self.host.run("civic", "rollback", "--yes", "--json")

    def fingerprint(self) -> dict[str, Any]:
        """What the tables of people and ballots hold."""
        said = json.loads(self.app("fingerprint").strip().splitlines()[-1])
        kept = ("persons", "contact_points", "ballot_roll", "ballot_box", "projects", "budgets", "processes")
        return {name: said["tables"][name]["rows"] for name in kept}

    def app(self, *words: str) -> str:
        """One of the site's own commands, as the installed release runs it."""
        script = (
            "import sys; from cli.site import HostSite; from cli import run\n"
            "done = run.capture(HostSite().app_commands().words('app', *sys.argv[1:])); print(done.out); sys.exit(done.code)"
        )
        return self.host.run("/opt/civic/current/venv/bin/python", "-c", script, *words).stdout

    def in_unit(self, unit: str, *words: str) -> None:
        """Run a verb as `civic upgrade` runs it on the host, to its end."""
        self.host.run("systemctl", "reset-failed", unit, check=False)
        begin = [
            "systemd-run",
            "--quiet",
            "--collect",
            "--wait",
            f"--unit={unit}",
            "--property=OnFailure=civic-recover.service",
        ]
        self.host.run(*begin, *words, "--json", "--yes", check=False)

    def settle(self) -> None:
        """Until nothing is under way and nothing is unfinished."""
        ends = time.monotonic() + SETTLED_SECONDS
        while self.unfinished() or self._runs("civic-recover.service"):
            if not self._runs("civic-recover.service"):
                self.host.run("systemctl", "start", "civic-recover.service", check=False)
            assert time.monotonic() < ends, f"unfinished: {self.unfinished()}"
            time.sleep(0.5)

    def unfinished(self) -> list[str]:
        """Journals without an end, the newest of each operation."""
        folder = self.host.root / "var/lib/civic/ops/journal"
        return [one.operation for one in Journal.list_unfinished(folder)]

    def _runs(self, unit: str) -> bool:
        shown = self.host.run("systemctl", "show", "--value", "--property=ActiveState", unit)
        return shown.stdout.strip() in ("activating", "reloading")

    def check(self) -> str:
        """The release that serves, after everything that must be so was seen to be so."""
        serves = self.serves()
        assert serves in (self.older, self.newer)
        said = civic(self.host, "verify")
        assert all(one["ok"] for one in said["checks"]), said
        link = os.path.basename(os.readlink(self.host.inside("/run/civic/live.sock")))
        boot = self.host.read("/etc/tmpfiles.d/civic-live.conf").split()[-1]
        assert (link, boot) == (f"{serves}.sock", f"{serves}.sock")
        assert (
            self.host.run("systemctl", "is-enabled", f"civic-web@{serves}.service").stdout.strip()
            == "enabled"
        )
        assert self.host.run("systemctl", "is-active", "civic-worker.service").stdout.strip() == "active"
        listed = "SELECT datname FROM pg_database WHERE datname LIKE 'civic%'"
        databases = self.host.sh(f'runuser -u postgres -- psql -XtAc "{listed}"').split()
        assert databases == ["civic"], databases
        assert not list((self.host.root / "var/lib/civic/ops").glob("staging*"))
        assert self.fingerprint() == self.data
        invariants = json.loads(self.app("facts").strip().splitlines()[-1])["invariants"]
        assert all(invariants.values()), invariants
        return serves


@dataclass(frozen=True)
class Tried:
    """An operation under test: its name in the journal, the unit and words that run it."""

    name: str
    unit: str
    words: Sequence[str]
    tidy: Sequence[str] = ()

    def words_for(self, scene: Scene) -> list[str]:
        """The command line on this scene's host."""
        newer = f"/opt/civic/releases/{scene.newer}/venv/bin/civic"
        places = {"NEWER": scene.newer, "NEWER_CIVIC": newer}
        return [places.get(word, word) for word in self.words]

    def run(self, scene: Scene) -> None:
        """Once, whatever comes of it."""
        scene.in_unit(self.unit, *self.words_for(scene))

    def ended_well(self, scene: Scene) -> bool:
        """Whether the last run came to its end, by whatever way."""
        lines = self._journal(scene)
        assert lines[-1]["event"] == "end", lines
        return bool(lines[-1]["ok"])

    def tidy_up(self, scene: Scene) -> None:
        """Take away what a run keeps for an operator."""
        if self.tidy:
            scene.host.run(*self.tidy, "--yes", "--json", check=False)

    def _journal(self, scene: Scene) -> list[dict[str, Any]]:
        folder = scene.host.root / "var/lib/civic/ops/journal"
        newest = sorted(folder.glob(f"*Z-{self.name}.jsonl"))[-1]
        return [json.loads(line) for line in newest.read_text(encoding="utf-8").splitlines()]

    def steps(self, scene: Scene) -> list[str]:
        """Its steps, as the journal of a good run names them."""
        scene.go_back()
        self.run(scene)
        self.tidy_up(scene)
        steps = self.steps_done(scene)
        scene.go_back()
        return steps

    def steps_done(self, scene: Scene) -> list[str]:
        """The steps of its last run, which went well."""
        lines = self._journal(scene)
        assert lines[-1].get("ok") is True, lines
        return [line["step"] for line in lines if line["event"] == "step"]


GO_LIVE = Tried("go-live", "civic-go-live.service", ("NEWER_CIVIC", "go-live", "NEWER"))
UPGRADE = Tried("upgrade", "civic-upgrade.service", ("NEWER_CIVIC", "upgrade", "--laid", "NEWER"))
TRIED = (
    GO_LIVE,
    UPGRADE,
    Tried("backup", "try-backup.service", ("civic", "backup")),
    Tried("drill", "try-drill.service", ("civic", "drill")),
    Tried("restore", "try-restore.service", ("civic", "restore", "latest"), ("civic", "restore", "--forget")),
)


def fail_at(scene: Scene, tried: Tried, point: str, kind: str) -> str:
    """One case; returns what became of it: the old state again, or the new one complete."""
    scene.go_back()
    scene.host.write("/run/civic-failpoint", f"{tried.name}.{point} {kind}")
    tried.run(scene)
    scene.settle()
    assert not scene.host.has("/run/civic-failpoint"), "the point was not reached"
    tried.tidy_up(scene)
    well, serves = tried.ended_well(scene), scene.check()
    if tried in (GO_LIVE, UPGRADE):
        assert serves == (scene.newer if well else scene.older)
    return "gone on with" if well else "undone"


@contextmanager
def a_host(release: str = "bookworm") -> Iterator[Host]:
    """A host outside of pytest."""
    network = Network()
    network.set_up()
    try:
        with tempfile.TemporaryDirectory(prefix="civic-faults-") as folder, town.mail_server(network):
            host = Host(f"fault{os.getpid() % 1000}", release, network, Path(folder))
            try:
                host.create().boot()
                host.write(town.CONFIG, town.config(network))
                yield host
            finally:
                host.destroy()
    finally:
        network.tear_down()


def main(wanted: Sequence[str]) -> int:
    """Try all, or only what is wanted, print each line as it comes, bring the table up to date; 1 if a case failed."""
    rows = _rows_of(FILE.read_text(encoding="utf-8"))
    with a_host() as host:
        scene = Scene(host).set_up()
        for tried in TRIED:
            named = [word for word in wanted if word.partition(".")[0] == tried.name]
            if named or not wanted:
                rows[tried.name] = _try_steps(scene, tried, named, rows.get(tried.name, {}))
    lines = [line for of_operation in rows.values() for line in of_operation.values()]
    FILE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return 1 if "FAILED" in "".join(lines) else 0


Rows = dict[tuple[str, str], str]
"""The table's lines of an operation, by step and moment."""


def _rows_of(text: str) -> dict[str, Rows]:
    rows: dict[str, Rows] = {tried.name: {} for tried in TRIED}
    for line in text.splitlines():
        operation, step, moment, *_ = (*(cell.strip() for cell in line.split("|")[1:]), "", "", "")
        if operation in rows:
            rows[operation][step, moment] = line
    return rows


def _try_steps(scene: Scene, tried: Tried, named: Sequence[str], known: Rows) -> Rows:
    rows = Rows()
    for step in tried.steps(scene):
        for moment, kinds in MOMENTS.items():
            if named and not {tried.name, f"{tried.name}.{step}"} & {*named}:
                rows |= {key: line for key, line in known.items() if key == (step, moment)}
                continue
            cells = [_cell(scene, tried, f"{step}.{moment}", kind) for kind in kinds]
            cells += ["–"] * (len(KINDS) - len(cells))
            rows[step, moment] = f"| {tried.name} | {step} | {moment} | {' | '.join(cells)} |"
            print(rows[step, moment], flush=True)
    return rows


def _cell(scene: Scene, tried: Tried, point: str, kind: str) -> str:
    try:
        return fail_at(scene, tried, point, kind)
    except (AssertionError, OSError, subprocess.SubprocessError, LookupError, ValueError) as error:
        return f"FAILED: {error}"[:300].replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
