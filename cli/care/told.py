"""What a person was told of the doctor's findings, and what to tell now: each once, grave ones again every day, and their end."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cli.doctor.finding import Finding
from cli.lifecycle.journal import write_whole

FILE = "alerts.json"
AGAIN = timedelta(hours=24)
OVER_AFTER = timedelta(minutes=9)
"""A finding that comes and goes is one finding: it is over when it stayed away for a while."""
MOST_A_DAY = 20


@dataclass(frozen=True)
class Standing:
    """A finding that stands since an instant; when it was told last (None: not yet), and since when it is not seen any more."""

    key: str
    code: str
    what: str
    is_grave: bool
    since: datetime
    told_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True)
class Told:
    """All that stand, and when letters left."""

    standing: tuple[Standing, ...] = ()
    sent: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class News:
    """What to tell now, and what is remembered before that (`quiet`) and once it was told (`after`)."""

    new: tuple[Standing, ...]
    still: tuple[Standing, ...]
    over: tuple[Standing, ...]
    quiet: Told
    after: Told

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.new or self.still or self.over)


def key_of(finding: Finding) -> str:
    """The same for the same fault of the same thing, whatever its numbers are today."""
    return f"{finding.code} {re.sub(r'[0-9.,]+', '#', finding.what)}"


def compare(now: datetime, found: Sequence[Finding], before: Told) -> News:
    """What is new, stands for a day since it was told, or is over."""
    known = {one.key: one for one in before.standing}
    seen = {key_of(one): one for one in found}
    standing = [
        replace(
            known.get(key) or Standing(key, one.code, one.what, one.is_grave, now),
            what=one.what,
            gone_at=None,
        )
        for key, one in seen.items()
    ]
    leaving = [replace(one, gone_at=one.gone_at or now) for key, one in known.items() if key not in seen]
    ended = [one for one in leaving if one.gone_at and now - one.gone_at >= OVER_AFTER]
    kept = tuple(standing + [one for one in leaving if one not in ended])
    sent = tuple(at for at in before.sent if now - at < AGAIN)
    if len(sent) >= MOST_A_DAY:
        return News((), (), (), Told((*kept, *ended), sent), Told())
    new = tuple(one for one in standing if one.told_at is None)
    still = tuple(one for one in standing if one.is_grave and one.told_at and now - one.told_at >= AGAIN)
    over = tuple(one for one in ended if one.told_at)
    telling = {one.key for one in (*new, *still)}
    after = tuple(replace(one, told_at=now) if one.key in telling else one for one in kept)
    return News(new, still, over, Told((*kept, *over), sent), Told(after, (*sent, now)))


def read(path: Path) -> Told:
    """What is remembered; nothing when the file is not there or not whole: then everything is told once more."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Told(
            tuple(Standing(**{**row, **_instants(row)}) for row in said["standing"]),
            tuple(datetime.fromisoformat(text) for text in said["sent"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Told()


def write(path: Path, told: Told) -> None:
    """Remember it."""
    write_whole(path, json.dumps(asdict(told), default=lambda moment: moment.isoformat(), indent=1), 0o600)


def _instants(row: dict[str, Any]) -> dict[str, datetime | None]:
    names = ("since", "told_at", "gone_at")
    return {name: datetime.fromisoformat(row[name]) if row.get(name) else None for name in names}
