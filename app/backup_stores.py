"""Where backup sets are kept, how often and for how long: the words of the setting `backup_stores`, parsed.

    NAME=WHERE [hourly | daily [HH:MM] | weekly [DAY] [HH:MM] | by-hand] [keep 7d 5w 12m 2h 5y] ; ...

WHERE is a restic repository (`/folder`, `sftp:user@host:/folder`, `s3:https://host/bucket`) or a folder of encrypted files
(`age:/folder`). Standard library only, like the settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app import setting_checks

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURLY, DAILY, WEEKLY, BY_HAND = "hourly", "daily", "weekly", "by-hand"
DEFAULT = "local=/var/backups/civic/repository daily 03:00 keep 7d 5w 12m 2h 5y"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SFTP = re.compile(r"(?:(?P<user>[a-z_][\w.-]*)@)?(?P<host>[^:/@]+):(?P<path>/.+)")


@dataclass(frozen=True)
class Schedule:
    """When a store gets a set, in the site's time zone."""

    every: str = DAILY
    weekday: int = 6
    hour: int = 3
    minute: int = 0

    def latest(self, now: datetime, zone: str) -> datetime | None:
        """The last time that a set was due, at or before `now`; None: never by itself."""
        local = now.astimezone(ZoneInfo(zone))
        if self.every == BY_HAND:
            return None
        if self.every == HOURLY:
            return local.replace(minute=0, second=0, microsecond=0)
        at = local.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if self.every == WEEKLY:
            at -= timedelta(days=(at.weekday() - self.weekday) % 7)
        return at if at <= local else at - self.interval

    @property
    def interval(self) -> timedelta:
        """How far two sets lie apart; nothing for a store that is filled by hand."""
        lengths = {HOURLY: timedelta(hours=1), DAILY: timedelta(days=1), WEEKLY: timedelta(days=7)}
        return lengths.get(self.every, timedelta())


@dataclass(frozen=True)
class Keep:
    """How many of each generation stay."""

    days: int = 7
    weeks: int = 5
    months: int = 12
    half_years: int = 2
    years: int = 5


@dataclass(frozen=True)
class StoreWords:
    """One store as the setting names it."""

    name: str
    where: str
    schedule: Schedule = Schedule()
    keep: Keep = Keep()


def check(given: str) -> str:
    """The text, when every store in it can be understood. Raises: ValueError with all faults."""
    parse(given)
    return given


def parse(given: str) -> tuple[StoreWords, ...]:
    """The stores of the text, none for an empty one. Raises: ValueError with all faults at once."""
    stores, faults = [], []
    for text in filter(None, (part.strip() for part in given.split(";"))):
        try:
            stores.append(_store(text))
        except ValueError as wrong:
            faults.append(f"{text.split()[0]}: {wrong}")
    for what in ("name", "where"):
        seen = [getattr(store, what) for store in stores]
        faults += [
            f"{what} {one} is given twice" for one in sorted({one for one in seen if seen.count(one) > 1})
        ]
    if faults:
        raise ValueError("has stores that cannot be used: " + "; ".join(faults))
    return tuple(stores)


def parse_where(where: str) -> str:
    """A place for sets, as it is. Raises: ValueError."""
    kind, _, rest = where.partition(":")
    if kind == "s3":
        setting_checks.url(rest)
        if rest.count("/") < 3 or rest.endswith("//"):
            raise ValueError("an S3 store is s3:https://HOST/BUCKET")
    elif kind == "sftp":
        found = _SFTP.fullmatch(rest)
        if found is None:
            raise ValueError("an SFTP store is sftp:USER@HOST:/FOLDER")
        setting_checks.hostname(found["host"])
        setting_checks.absolute_path(found["path"])
    else:
        setting_checks.absolute_path(rest if kind == "age" else where)
    return where


def _store(text: str) -> StoreWords:
    head, *words = text.split()
    name, sign, where = head.partition("=")
    if not sign or not _NAME.fullmatch(name):
        raise ValueError("must begin with NAME=WHERE, the name in small letters")
    before, after = (
        (words[: words.index("keep")], words[words.index("keep") + 1 :]) if "keep" in words else (words, None)
    )
    return StoreWords(name, parse_where(where), _schedule(before), Keep() if after is None else _keep(after))


def _schedule(words: list[str]) -> Schedule:
    if not words:
        return Schedule()
    every, *rest = words
    if every not in (HOURLY, DAILY, WEEKLY, BY_HAND):
        raise ValueError(f"{every} is none of hourly, daily, weekly, by-hand, keep")
    weekday, time = 6, "03:00"
    if every == WEEKLY and rest and rest[0] in DAYS:
        weekday = DAYS.index(rest.pop(0))
    if every in (DAILY, WEEKLY) and rest and _TIME.fullmatch(rest[0]):
        time = rest.pop(0)
    if rest:
        raise ValueError(f"{every} {rest[0]} cannot be understood: daily 03:15, weekly sun 03:15")
    hour, minute = time.split(":")
    return Schedule(every, weekday, int(hour), int(minute))


def _keep(words: list[str]) -> Keep:
    letters = {field.name[0]: field.name for field in fields(Keep)}
    numbers = dict.fromkeys(letters.values(), 0)
    for word in words:
        if not re.fullmatch(r"\d{1,3}[dwmhy]", word):
            raise ValueError(
                f"keep {word} cannot be understood: 7d 5w 12m 2h 5y (days, weeks, months, half-years, years)"
            )
        numbers[letters[word[-1]]] = int(word[:-1])
    if not sum(numbers.values()):
        raise ValueError("keeps nothing: keep 7d 5w 12m 2h 5y")
    return Keep(**numbers)
