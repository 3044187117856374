"""Runs a playbook of ansible/ and shows it as a few steps; everything else goes to the log."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli import assets, run
from cli.console import Console
from cli.target import Target


@dataclass(frozen=True)
class PlaybookStep:
    """A tag in the playbook, its name for people, and how long it takes on a small host."""

    tag: str
    name: str
    about_seconds: float = 2.0


@dataclass
class Outcome:
    """What a playbook did: the end of Ansible's process, the tasks that changed something, what a verb may want."""

    code: int = 0
    changed: list[str] = field(default_factory=list)
    findings: list[dict[str, str]] = field(default_factory=list)
    diffs: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[str, Any] | None = None
    live: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every task went through."""
        return self.code == 0 and self.failed is None


@dataclass(frozen=True)
class Play:
    """A playbook (its file's name in ansible/playbooks), what it is given and the steps it is shown as (none: it is one)."""

    name: str
    variables: Mapping[str, Any]
    steps: Sequence[PlaybookStep]
    after: int = 0


def play(console: Console, target: Target, wanted: Play, check: bool = False) -> Outcome:
    """Run a playbook on `target`, one line a step. With `check` nothing is changed and `diffs` are what would.

    The variables lie in a file that only this user can read, for as long as it runs: they hold secrets.
    """
    ansible = assets.path_of("ansible")
    reader = _Reader(console, {step.tag: step for step in wanted.steps})
    if wanted.steps:
        console.expect_steps(len(wanted.steps) + wanted.after)
    with tempfile.TemporaryDirectory(prefix="civic-") as folder:
        inventory, given = Path(folder, "inventory.json"), Path(folder, "variables.json")
        inventory.write_text(json.dumps(target.inventory()), encoding="utf-8")
        given.touch(mode=0o600)
        given.write_text(json.dumps(dict(wanted.variables)), encoding="utf-8")
        words: list[str | Path] = [
            sys.executable,
            "-P",
            "-m",
            "ansible",
            "playbook",
            "--diff",
            "--inventory",
            inventory,
        ]
        words += ["--extra-vars", f"@{given}", *(("--check",) if check else ())]
        words.append(ansible / "playbooks" / f"{wanted.name}.yml")
        env = {
            "ANSIBLE_CONFIG": str(ansible / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": folder,
            "ANSIBLE_HOME": folder,
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONPATH": "",
            "PYTHONSAFEPATH": "",
            "LC_ALL": "C.UTF-8",
        }
        try:
            reader.outcome.code = run.follow(words, reader.read, env=env, cwd=Path("/"))
        finally:
            reader.close()
    return reader.outcome


class _Reader:
    """Turns the events of the callback `civic.host.events` into steps and an outcome."""

    def __init__(self, console: Console, steps: Mapping[str, PlaybookStep]) -> None:
        self.outcome = Outcome()
        self._console = console
        self._steps = steps
        self._tag = ""
        self._open: AbstractContextManager[None] | None = None

    def read(self, line: str) -> None:
        """One line of Ansible's output."""
        self._console.note(f"ansible: {line}")
        try:
            event = json.loads(line)
        except ValueError:
            if line.startswith("[ERROR]"):
                self.outcome.failed = {"task": "ansible", "message": line.removeprefix("[ERROR]: ")}
            return
        if isinstance(event, dict):
            getattr(self, f"_on_{event.get('event')}", lambda event: None)(event)

    def close(self) -> None:
        """End the step that is open; as failed when the playbook failed in it."""
        if self._open is None:
            return
        step, self._open = self._open, None
        if self.outcome.failed is None:
            step.__exit__(None, None, None)
        else:
            step.__exit__(RuntimeError, RuntimeError("failed"), None)

    def _on_task(self, event: dict[str, Any]) -> None:
        tag = event.get("step", "")
        if tag != self._tag and tag in self._steps:
            self.close()
            self._tag = tag
            step = self._steps[tag]
            self._open = self._console.step(step.name, step.about_seconds)
            self._open.__enter__()

    def _on_ok(self, event: dict[str, Any]) -> None:
        if event["changed"]:
            self.outcome.changed.append(event["task"])
        self.outcome.findings += event.get("findings", [])
        self.outcome.live = event.get("live") or self.outcome.live
        if event["changed"] and event.get("diff"):
            diffs = event["diff"] if isinstance(event["diff"], list) else [event["diff"]]
            self.outcome.diffs += [{"task": event["task"], **diff} for diff in diffs]

    def _on_failed(self, event: dict[str, Any]) -> None:
        self.outcome.failed = event

    def _on_unreachable(self, event: dict[str, Any]) -> None:
        self.outcome.failed = {"task": "connect", **event}
