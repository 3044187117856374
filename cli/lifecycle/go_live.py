"""Brings a release that lies on this host live: migrate, start, gate, switch, settle. Journaled; cut short, it goes on."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import processes, run
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import ask
from cli.lifecycle.journal import Journal, alone, swap_link, write_whole
from cli.lifecycle.operation import Operation, Step, carry_out
from cli.site import CURRENT, OPS, RELEASES, HostSite

SOCKETS = Path("/run/civic")
LIVE_LINK = Path("/etc/tmpfiles.d/civic-live.conf")
GATE_SECONDS = 90
LINGER_SECONDS = 1.0
KEPT_RELEASES = 3
WORKER = "civic-worker.service"


@dataclass
class GoLive:
    """One release on its way, and the one that served before (empty at first)."""

    site: HostSite
    name: str
    before: str

    @property
    def release(self) -> Path:
        """Where it lies."""
        return RELEASES / self.name

    def steps(self) -> list[Step]:
        """The way; each step may be done twice without harm, and undone up to the switch."""
        return [
            Step("migrate", "Bring the database up to date", self.migrate, about_seconds=4, once=True),
            Step("start", "Start the release", self.start, self.stop, about_seconds=4),
            Step("gate", "Wait until it is ready", self.gate, about_seconds=4),
            Step("switch", "Switch over", lambda: align(self.name), lambda: align(self.before)),
            Step("settle", "Start its worker", self.settle, about_seconds=4),
            Step("retire", "Stop the release before", self.retire, about_seconds=2),
            Step("forget", "Remove old releases", self.forget),
        ]

    def migrate(self) -> Any:
        """Schema of this release."""
        app = self.site.app_commands(self.release)
        return app.call(
            "migrate", standing=self.standing(), then="civic logs, then run the same command again."
        )

    def start(self) -> None:
        """Its own unit on its own socket. The release that serves already is restarted: its settings changed."""
        unit = web_unit(self.name)
        systemctl("daemon-reload")
        verb = "restart" if self.name == self.before else "start"
        done = systemctl(verb, unit, check=False)
        if not done.ok:
            raise self._failure(f"{unit} did not start.\n{last_lines(unit)}")

    def stop(self) -> None:
        """It serves nobody any more."""
        systemctl("disable", "--quiet", "--now", web_unit(self.name), check=False)

    def gate(self) -> None:
        """It answers that it is ready, on its own socket, before anybody is sent there."""
        ends = time.monotonic() + GATE_SECONDS
        while True:
            answer = self.ask("/readyz")
            if answer.status == 200:
                return
            if time.monotonic() > ends:
                said = f"{answer.status} {answer.text[:300]}\n{last_lines(web_unit(self.name))}"
                raise self._failure(f"The release does not become ready: {said}")
            time.sleep(0.2)

    def ask(self, page: str) -> ask.Answer:
        """A page of this release, on its own socket."""
        return ask.over_socket(SOCKETS / f"{self.name}.sock", page, hostname_of(self.site))

    def settle(self) -> None:
        """The worker runs from the same release."""
        systemctl("enable", "--quiet", WORKER)
        if not systemctl("restart", WORKER, check=False).ok:
            raise Failure(
                f"The worker did not start.\n{last_lines(WORKER)}",
                "The site serves; mail waits in the outbox.",
                "civic logs worker, then run the same command again.",
            )

    def retire(self) -> None:
        """The one before stops after its last requests, and no longer starts at boot."""
        time.sleep(LINGER_SECONDS if self.before not in ("", self.name) else 0)
        listed = run.capture(
            ["systemctl", "list-units", "--all", "--plain", "--no-legend", "civic-web@*.service"]
        ).out
        enabled = {
            path.name
            for path in Path("/etc/systemd/system/multi-user.target.wants").glob("civic-web@*.service")
        }
        for unit in ({line.split()[0] for line in listed.splitlines() if line} | enabled) - {
            web_unit(self.name)
        }:
            systemctl("disable", "--quiet", "--now", unit, check=False)

    def forget(self) -> None:
        """Only the newest releases stay; never the one that serves or the one before it."""
        whole = sorted(RELEASES.glob("*/MANIFEST.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for manifest in whole[KEPT_RELEASES:]:
            if manifest.parent.name not in (self.name, self.before):
                manifest.unlink()
                shutil.rmtree(manifest.parent)

    def _failure(self, failed: str) -> Failure:
        again = "run the same command again" + ("." if self.goes_back() else ": it goes on where it stopped.")
        return Failure(failed, self.standing(), f"civic logs web, then {again}")

    def goes_back(self) -> bool:
        """Whether another release serves, to which a failed step leads back."""
        return self.before not in ("", self.name)

    def standing(self) -> str:
        """How the site stands while this release does not serve."""
        return f"Release {self.before} serves as before." if self.before else "The site does not serve yet."

    def operation(self, files_sha256: str) -> Operation:
        """The way as an operation of its own."""
        return Operation(
            "go-live",
            {"release": self.name, "before": self.before, "files_sha256": files_sha256},
            [
                *self.steps(),
                Step("record", "Remember it", lambda: record_live(self.name, files_sha256, self.before)),
            ],
            undone=f"Undone: {self.standing()[0].lower()}{self.standing()[1:]}",
            then="civic logs, then run the same command again.",
            commit="switch",
            can_undo=self.goes_back(),
        )


def go_live(console: Console, name: str, files_sha256: str) -> Mapping[str, Any]:
    """Make release `name` the one that serves; `files_sha256` names the settings that it is started with."""
    if not (RELEASES / name / "MANIFEST.json").is_file():
        raise Failure(f"Release {name} is not laid down whole.", "Nothing was changed.", "civic install")
    with alone(OPS / "lock", f"civic go-live {name}"):
        operation = _go_on_with(console, name, files_sha256)
        if operation is None:
            before = HostSite().version() if HostSite().exists() else ""
            operation = GoLive(HostSite(), name, before).operation(files_sha256)
        journal = Journal.open(OPS / "journal", operation.name, operation.facts)
        carry_out(console, operation, journal)
    return {**operation.facts, "resumed": journal.resumed}


def _go_on_with(console: Console, name: str, files_sha256: str) -> Operation | None:
    """The same that was cut short: it may have switched already, and still knows the release before."""
    for journal in Journal.list_unfinished(OPS / "journal"):
        same = (journal.facts.get("release"), journal.facts.get("files_sha256")) == (name, files_sha256)
        if journal.operation == "go-live" and same:
            return operation_from(console, journal.facts)
    return None


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The operation that a journal tells of."""
    return GoLive(HostSite(), facts["release"], facts["before"]).operation(facts["files_sha256"])


def hostname_of(site: HostSite) -> str:
    """Under which name the site is asked for."""
    return site.given().get("CIVIC_HOSTNAME", "localhost")


def record_live(release: str, files_sha256: str, before: str) -> None:
    """Remember which release serves, with which settings it was started, and which one can be gone back to."""
    if before == release:
        before = read_live().get("before", "")
    record = {"release": release, "files_sha256": files_sha256, "before": before}
    write_whole(OPS / "live.json", json.dumps(record) + "\n", 0o600)


def read_live() -> dict[str, str]:
    """What `record_live` wrote; empty before the first release serves."""
    file = OPS / "live.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def align(release: str) -> None:
    """Make `release`, which runs, the one that serves, that the command belongs to, and that starts at boot.

    The link CURRENT is what counts; all else follows from it, and this may be called again to make it follow.
    """
    systemctl("enable", "--quiet", web_unit(release))
    swap_link(CURRENT, str(RELEASES / release))
    write_whole(
        LIVE_LINK,
        f"# The release that serves; written by civic.\nL+ /run/civic/live.sock - - - - {release}.sock\n",
    )
    swap_link(SOCKETS / "live.sock", f"{release}.sock")


def lend_process(release: str) -> None:
    """A release that serves nobody gives one of its processes up, down to one."""
    systemctl("kill", "--signal=TTOU", "--kill-whom=main", web_unit(release), check=False)


def give_back(release: str, number: int) -> None:
    """A release that serves again has all its processes again, however many it gave up: done twice, it does no more."""
    main = systemctl("show", "--property=MainPID", "--value", web_unit(release), check=False).out.strip()
    processes.grow(int(main or 0), number)


def web_unit(release: str) -> str:
    """The unit of a release."""
    return f"civic-web@{release}.service"


def systemctl(*words: str, check: bool = True) -> run.Finished:
    """Ask systemd.

    Raises: Failure with its words, when `check`.
    """
    command = ["systemctl", *words]
    if not check:
        return run.capture(command)
    return run.require(
        command,
        failed=f"systemctl {' '.join(words)} failed.",
        standing="It was left as it is.",
        then="civic doctor",
    )


def last_lines(unit: str) -> str:
    """What a unit said last."""
    return run.capture(["journalctl", "--no-pager", "--output=cat", "--lines=15", "--unit", unit]).out.strip()
