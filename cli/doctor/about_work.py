"""Findings about work on the host (C7xx): what was left half-way, changed by hand, or forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from cli.doctor.facts import Facts
from cli.doctor.finding import Say, check


@check("C701", grave=True)
def an_operation_is_unfinished(facts: Facts) -> Iterator[Say]:
    """It was cut short and waits to be gone on with or undone."""
    for name in facts.care.unfinished if facts.care else ():
        yield Say(f"an operation is unfinished: {name}", "it was cut short, and undoing it by itself did not succeed",
                  "civic resume, to go on; civic abort, to take it back")  # fmt: skip


@check("C702", grave=True)
def a_unit_failed(facts: Facts) -> Iterator[Say]:
    """systemd keeps it so until somebody looks."""
    for unit in facts.care.failed_units if facts.care else ():
        yield Say(
            f"{unit} failed",
            "its last words are in the journal",
            f"journalctl -u {unit}; then systemctl restart {unit}, or systemctl reset-failed {unit}",
        )


@check("C703")
def a_release_is_unfinished(facts: Facts) -> Iterator[Say]:
    """It takes room and serves nobody."""
    for name in facts.care.unfinished_releases if facts.care else ():
        yield Say(f"release {name} is not laid down whole", "an install or upgrade was cut short",
                  f"civic install, or: rm -r /opt/civic/releases/{name}")  # fmt: skip


@check("C704")
def a_file_was_changed_by_hand(facts: Facts) -> Iterator[Say]:
    """The next install undoes it."""
    for path in facts.care.drifted if facts.care else ():
        yield Say(f"{path} is not as it was installed", "it was changed or removed by hand",
                  "civic plan shows the difference, civic install puts it right")  # fmt: skip


@check("C705")
def maintenance_was_forgotten(facts: Facts) -> Iterator[Say]:
    """It passed by itself; whoever began it may not know."""
    found = facts.care.maintenance if facts.care else None
    if facts.care and found and found.until <= facts.care.now:
        yield Say(f"maintenance by {found.by} ended by itself at {found.until:%Y-%m-%d %H:%M} UTC",
                  "nobody ended it: is the work done?", "civic maintenance off")  # fmt: skip


@check("C706")
def the_site_is_in_maintenance(facts: Facts) -> Iterator[Say]:
    """Residents can read and not take part."""
    found = facts.care.maintenance if facts.care else None
    if facts.care and found and found.until > facts.care.now:
        yield Say(f"the site takes no forms until {found.until:%Y-%m-%d %H:%M} UTC",
                  f"maintenance by {found.by}" + (f": {found.reason}" if found.reason else ""),
                  "civic maintenance off")  # fmt: skip
