"""Plan: the install in check mode, told as what would change, what restarts, who notices, how long."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli import playbook
from cli.bundles.bringing import Source, bring
from cli.console import Console
from cli.errors import PreflightRefused
from cli.lifecycle import install, variables
from cli.playbook import Play
from cli.target import Target


def plan(console: Console, target: Target, config_file: Path | None, source: Source) -> Mapping[str, Any]:
    """Say what `civic install` would do with the same options; nothing is changed, on a virgin host neither."""
    console.log_in(install.logs_folder(), "plan")
    checked, given = install.settings_for(console, target, config_file)
    target.require(console)
    with tempfile.TemporaryDirectory(prefix="civic-parcel-") as folder:
        packed = bring(console, target, source, Path(folder))
        given_to_it = variables.of_site(target, checked, given, packed)
        outcome = playbook.play(console, target, Play("install", given_to_it, install.STEPS), check=True)
    install.tell_findings(console, outcome.findings)
    if any(finding["level"] == "refusal" for finding in outcome.findings):
        raise install.failure_of(outcome)
    if not outcome.ok:
        raise PreflightRefused(install.failure_of(outcome).failed, "See the log.")
    changes = [
        {"task": diff["task"], "what": diff.get("after_header", ""), "diff": text_of(diff)}
        for diff in outcome.diffs
    ]
    effects = effects_of(outcome.diffs)
    _tell(console, changes, effects)
    return {"changes": changes, **effects}


def text_of(diff: Mapping[str, Any]) -> str:
    """A difference as a person reads it."""
    before, after = str(diff.get("before", "")), str(diff.get("after", ""))
    return "\n".join(
        list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    )


def effects_of(diffs: list[dict[str, Any]]) -> dict[str, Any]:
    """What restarts, who notices and how long, from the differences."""
    actions = [
        line
        for diff in diffs
        if diff.get("after_header") == "units"
        for line in str(diff["after"]).splitlines()
    ]
    goes_live = [diff for diff in diffs if diff.get("after_header") == "the live release"]
    first = any(str(diff["before"]).strip() == "none" for diff in goes_live)
    if goes_live and not first:
        actions.append("restart the site")
    seconds = 2 + 20 * bool(goes_live) + 45 * first
    if first:
        notices = "nobody: the site is not there yet"
    elif any(word.startswith("restart") for word in actions):
        notices = "residents wait up to ten seconds for a page; nothing typed or confirmed is lost"
    else:
        notices = "nobody"
    return {"restarts": actions, "who_notices": notices, "about_seconds": seconds if diffs else 0}


def _tell(console: Console, changes: list[dict[str, str]], effects: Mapping[str, Any]) -> None:
    console.say()
    if not changes:
        console.heading("Nothing would be changed.")
        return
    console.heading(f"{len(changes)} changes")
    for change in changes:
        console.say(f"  {change['task']}: {change['what']}")
        for line in change["diff"].splitlines()[:40]:
            console.say(f"      {line}")
    console.table(
        [
            ("Restarts", "\n".join(effects["restarts"]) or "nothing"),
            ("Notice", effects["who_notices"]),
            ("Takes", f"about {effects['about_seconds']} s"),
        ]
    )
