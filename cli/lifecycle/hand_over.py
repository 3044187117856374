"""Runs a verb of a host's release in a unit of its own, which a lost connection does not end, and tells what it says."""

from __future__ import annotations

import json
import time
from typing import Any

from cli.console import Console
from cli.errors import Failure
from cli.target import Target

LOOK_SECONDS = 0.3
LAST_WORDS_SECONDS = 5
"""How long the journal may take to hand on what a unit said at its end."""
LONGEST_SILENCE_SECONDS = 300
RECOVER = "civic-recover.service"
RUNNING = ("activating", "reloading")


def hand_over(console: Console, target: Target, unit: str, words: list[str]) -> dict[str, Any]:
    """Start `words` (a civic verb that takes --json) as `unit` on `target`, or join the one that runs; returns its object.

    If it is killed, systemd starts the recovery. Raises: Failure that says what the verb said, with its exit code.
    """
    before = _hear(target, unit, "", "--lines=0")[0]
    if _await_state(target, unit) not in RUNNING:
        target.call("systemctl", "stop", unit)
        target.call("systemctl", "reset-failed", unit)
        started = target.call(
            "systemd-run", "--quiet", "--no-block", f"--unit={unit}", "--service-type=oneshot", "--remain-after-exit",
            "--property=UMask=0022", f"--property=OnFailure={RECOVER}", *words, "--json", "--yes",
        )  # fmt: skip
        if not started.ok:
            raise Failure(
                f"{unit} could not be started: {started.last_words}", "Nothing was changed.", "civic doctor"
            )
    said = _follow(console, target, unit, before)
    target.call("systemctl", "stop", unit)
    if said.pop("ok", False):
        return said
    failure = Failure(
        str(said.get("failed") or f"{unit} ended without a word"),
        str(said.get("standing") or "civic recover looks after it."),
        str(said.get("next") or "civic status"),
    )
    failure.exit_code = int(said.get("exit", 1))
    raise failure


def _follow(console: Console, target: Target, unit: str, cursor: str) -> dict[str, Any]:
    """Its words from `cursor` on, as they come; the last object is its answer.

    A busy systemd or a connection that is down says nothing for a while: only its word that the unit is over counts.
    """
    answer = dict[str, Any]()
    ran_at = heard_at = time.monotonic()
    while True:
        state, now = _state(target, unit), time.monotonic()
        heard_at = now if state else heard_at
        is_over = state not in ("", *RUNNING)
        ran_at = ran_at if is_over else now
        cursor, lines = _hear(target, unit, cursor)
        for line in lines:
            if line.startswith("{"):
                answer = json.loads(line)
            else:
                console.say(line)
        if is_over and (answer or now - ran_at > LAST_WORDS_SECONDS):
            return answer
        if now - heard_at > LONGEST_SILENCE_SECONDS:
            raise Failure(
                f"{target.name} does not answer any more.", f"{unit} goes on there by itself.", "civic status"
            )
        time.sleep(LOOK_SECONDS)


def _await_state(target: Target, unit: str) -> str:
    """How it is before anything was asked of it: what runs already must not be stopped for want of an answer."""
    ends = time.monotonic() + LONGEST_SILENCE_SECONDS
    while not (state := _state(target, unit)):
        if time.monotonic() > ends:
            raise Failure(
                f"systemd on {target.name} does not answer.", "Nothing was changed.", "civic doctor"
            )
        time.sleep(LOOK_SECONDS)
    return state


def _hear(target: Target, unit: str, cursor: str, *options: str) -> tuple[str, list[str]]:
    """What it has said since `cursor`, and where the journal stands now.

    Asked by unit: of a process that ended at once the journal no longer learns the invocation.
    """
    after = [f"--after-cursor={cursor}"] if cursor else []
    heard = target.call(
        "journalctl", "--quiet", "--no-pager", "--output=cat", "--show-cursor", *after, *options,
        *((f"_SYSTEMD_UNIT={unit}", "_TRANSPORT=stdout") if not options else ()),
    ).out.splitlines()  # fmt: skip
    mark = "-- cursor: "
    ends = [line.removeprefix(mark) for line in heard if line.startswith(mark)]
    return (ends or [cursor])[-1], [line for line in heard if not line.startswith(mark)]


def _state(target: Target, unit: str) -> str:
    """`activating` while it runs; empty while nobody answers."""
    shown = target.call("systemctl", "show", "--value", "--property=ActiveState", unit)
    return shown.out.strip() if shown.ok else ""
