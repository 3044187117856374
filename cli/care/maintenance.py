"""Maintenance: the site can be read and takes no forms, for somebody's reason and until an hour; it passes by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cli import clock
from cli.care import word
from cli.console import Console
from cli.errors import WrongUse

FILE = "maintenance.json"
LONGEST = timedelta(hours=24)
USUAL = "1h"
_SPAN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?:in)?)?")


@dataclass(frozen=True)
class Maintenance:
    """Who answers for it and why, from when to when."""

    by: str
    reason: str
    since: datetime
    until: datetime


def read(folder: Path) -> Maintenance | None:
    """What was put into force in the site's state folder, be it past; None when nothing is there."""
    said = word.find(folder / FILE)
    try:
        return Maintenance(
            str(said["by"]),
            str(said.get("reason", "")),
            datetime.fromisoformat(said["since"]),
            datetime.fromisoformat(said["until"]),
        )
    except (KeyError, ValueError, TypeError):
        return None


def row(folder: Path) -> list[tuple[str, str]]:
    """The line of `civic status`, while it is in force."""
    found = read(folder)
    if found is None or found.until <= clock.now():
        return []
    return [("Maintenance", f"until {found.until:%Y-%m-%d %H:%M} UTC, by {found.by}")]


def begin(console: Console, folder: Path, by: str, reason: str, span: timedelta) -> Mapping[str, Any]:
    """Put it into force from now on, in place of one that is.

    Raises: WrongUse with all that is wrong.
    """
    faults = []
    if not timedelta(0) < span <= LONGEST:
        faults.append(f"--for must be from 1m to 24h (it is {span}).")
    for name, text in (("--reason", reason), ("--by", by)):
        if len(text) > 200 or not text.isprintable():
            faults.append(f"{name} must be one line of at most 200 characters.")
    if faults:
        raise WrongUse("\n".join(faults), "civic maintenance on --for 2h --reason 'new disk'")
    before, now = read(folder), clock.now().replace(microsecond=0)
    facts = {"by": by, "reason": reason, "since": now.isoformat(), "until": (now + span).isoformat()}
    word.leave(folder / FILE, facts)
    if before is not None and before.until > now:
        console.say(f"It replaces the maintenance of {before.by}, which was until {before.until:%H:%M} UTC.")
    console.say(f"Maintenance until {now + span:%Y-%m-%d %H:%M} UTC, by {by}: pages can be read, forms wait.")
    console.next_commands([("civic maintenance off", "take forms again before that")])
    return facts


def end(console: Console, folder: Path) -> Mapping[str, Any]:
    """Take forms again; ending what is over or never was is no error."""
    before = read(folder)
    (folder / FILE).unlink(missing_ok=True)
    was = before is not None and before.until > clock.now()
    console.say("The site takes forms again." if was else "The site was not in maintenance.")
    return {"was_on": was, "by": before.by if before else ""}


def span_of(text: str) -> timedelta:
    """`2h`, `45m` or `1h30m`.

    Raises: WrongUse.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if not text.strip() or found is None:
        raise WrongUse(
            f"--for must be a time such as 45m, 2h or 1h30m (it is {text[:40]!r}).",
            "civic maintenance on --for 2h",
        )
    return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
