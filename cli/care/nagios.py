"""The doctor's findings as one line of the monitoring plugins' form: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cli.doctor.about_backups import DRILL_DAYS, LATE
from cli.doctor.facts import Care, Facts
from cli.doctor.finding import Finding

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
DAY = 86400


def line_of(facts: Facts, found: Sequence[Finding]) -> tuple[str, int]:
    """The line and the exit code."""
    state = 2 if any(one.is_grave for one in found) else 1 if found else 0
    words = "; ".join(f"{one.code} {one.what}" for one in found) or "nothing found"
    return f"CIVIC {STATES[state]} - {_plain(words)} | {' '.join(_figures(facts))}", state


def unknown(why: str) -> tuple[str, int]:
    """When the doctor could not look."""
    return f"CIVIC {STATES[3]} - {_plain(why)}", 3


def _figures(facts: Facts) -> Iterator[str]:
    """label=value;warn;crit, ages in seconds."""
    if facts.care:
        yield from _ages(facts.care)
    for disk in facts.disks:
        yield f"'disk_{disk.path}'={100 * (1 - disk.free_bytes / (disk.total_bytes or 1)):.0f}%;90;95"
    if facts.certificate is not None and (
        facts.certificate.is_trusted or facts.settings.get("CIVIC_TLS") == "files"
    ):
        yield f"certificate={facts.certificate.days_left:.1f};14:;7:"
    outbox = (facts.app or {}).get("outbox") or {}
    if "overdue_seconds" in outbox:
        yield f"outbox_age={outbox['overdue_seconds']}s;900;3600"


def _ages(care: Care) -> Iterator[str]:
    """How old the newest set of each store is, the newest proven backup, and the last drill."""
    known = care.known
    for store in known.stores:
        if store.last_set_at:
            due = int(store.every_hours * 3600)
            limits = f";{due};{int(LATE * due)}" if due else ""
            yield f"'backup_age_{store.name}'={_seconds(care, store.last_set_at)}s{limits}"
    if known.verified:
        made_at = known.verified.set_made_at or known.verified.at
        yield f"backup_age={_seconds(care, made_at)}s;{2 * DAY};{DRILL_DAYS * DAY}"
        yield f"restore_time={known.verified.restore_seconds or 0:.1f}s"
    if known.drills:
        yield f"drill_age={_seconds(care, known.drills[-1].at)}s;{2 * DAY};{DRILL_DAYS * DAY}"


def _seconds(care: Care, since: datetime) -> int:
    return (care.now - since) // timedelta(seconds=1)


def _plain(text: str) -> str:
    """A bar would begin the figures, a line break a second line."""
    return " ".join(text.replace("|", "/").split())
