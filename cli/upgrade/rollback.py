"""Back to the release before: at once while it is warm, after a start otherwise. The data stay as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from cli import run
from cli.console import Console
from cli.errors import Failure, PreflightRefused
from cli.lifecycle import variables
from cli.lifecycle.go_live import GoLive, align, give_back, read_live, record_live
from cli.lifecycle.journal import Journal, alone
from cli.lifecycle.operation import Operation, Step, carry_out
from cli.site import OPS, RELEASES, HostSite
from cli.upgrade import records, recovery
from cli.upgrade.prober import Seen


def rollback(console: Console) -> Mapping[str, Any]:
    """Let the release before the present one serve again.

    Raises: PreflightRefused when there is none, or the schema no longer has what it needs; Undone when it does not serve.
    """
    begun = time.monotonic()
    HostSite().require()
    recovery.make_way(console)
    with alone(OPS / "lock", "civic rollback"):
        facts = {"release": read_live().get("before", ""), "before": HostSite().version()}
        way = GoLive(HostSite(), facts["release"], facts["before"])
        is_warm, switched = _require(way), list[float]()
        operation = _operation(console, way, lambda: switched.append(time.monotonic() - begun))
        carry_out(console, operation, Journal.open(OPS / "journal", operation.name, operation.facts))
    return {**facts, "was_warm": is_warm, "switched_seconds": round(switched[0], 2)}


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The operation that a journal tells of."""
    return _operation(console, GoLive(HostSite(), facts["release"], facts["before"]), lambda: None)


def _operation(console: Console, way: GoLive, on_switched: Callable[[], None]) -> Operation:
    begun = time.monotonic()

    def switch() -> None:
        align(way.name)
        on_switched()

    def settle() -> None:
        give_back(way.name, variables.check(way.site.given(), []).web_workers)
        way.settle()

    def record() -> None:
        done = run.capture([way.release / "venv/bin/civic", "converge", "--yes", "--json"])
        if not done.ok:
            console.warn(f"Release {way.name} serves with the newer one's settings: {done.last_words}")
        record_live(way.name, _files_sha256(done.out) if done.ok else "", way.before)
        records.append(way.before, way.name, time.monotonic() - begun, Seen())

    steps = [
        Step("start", "Start the release before", way.start, way.stop, 4, 200),
        Step("gate", "Wait until it is ready", way.gate, None, 2, 200),
        Step("switch", "Switch over", switch, lambda: align(way.before), 1, 60),
        Step("settle", "Start its worker", settle, None, 4, 200),
        Step("retire", "Stop the newer release", way.retire, None, 2, 200),
        Step("record", "Put its settings in place", record, None, 15, 1200),
    ]
    undone = f"Undone: release {way.before} serves as before."
    facts = {"release": way.name, "before": way.before}
    return Operation("rollback", facts, steps, undone, "civic logs web", "switch")


def _require(way: GoLive) -> bool:
    """Whether it still runs. Raises: PreflightRefused when it cannot serve."""
    if not way.name or not (RELEASES / way.name / "MANIFEST.json").is_file():
        raise PreflightRefused("There is no release before this one on this host.", "civic upgrade VERSION")
    if way.ask("/readyz").status == 200:
        return True
    try:
        way.site.app_commands(way.release).call("ready", standing="", then="")
    except Failure as error:
        raise PreflightRefused(
            f"Release {way.name} cannot use the database any more: {error.failed}",
            "civic upgrade to a newer release",
        ) from error
    return False


def _files_sha256(said: str) -> str:
    return str(json.loads(said.strip().splitlines()[-1])["files_sha256"])
