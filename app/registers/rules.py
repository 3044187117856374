"""What is asked of the register, what its answer says, and when it is asked again: pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.registers.errors import Unavailable

LONGEST = 200
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
GIVES_UP = timedelta(days=7)
"""After so long without an answer the person is told to come in person."""
ASKED = ("number", "family", "given", "born")


@dataclass(frozen=True)
class Registered:
    """A person as the register says: its own reference, and what it tells beside."""

    reference: str
    district: str = ""
    sex: str = ""


def question(number: str, names: tuple[str, str], born: date, fields: Mapping[str, str]) -> bytes:
    """The body of the request, in the register's words."""
    said = {"number": number, "family": names[0], "given": names[1], "born": born.isoformat()}
    return json.dumps({fields.get(name, name): said[name] for name in ASKED}).encode()


def read_answer(body: bytes, fields: Mapping[str, str]) -> list[Registered]:
    """The people whom the register found. Raises: Unavailable, when it says anything else than a list of them."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unavailable("its answer is no JSON") from None
    found = said.get(fields.get("people", "people")) if isinstance(said, dict) else said
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unavailable("its answer holds no list of people")
    return [_read_person(one, fields) for one in found]


def pause_after(tries: int) -> timedelta:
    """How long a check waits after so many tries without an answer."""
    return min(FIRST_PAUSE * (1 << min(tries, 12)), LONGEST_PAUSE)


@dataclass
class Breaker:
    """Keeps everybody's check back for a while when the register failed several times in a row; then lets one try.

    `now` is in seconds of a clock that only goes on.
    """

    most: int = 3
    pause_seconds: float = 60.0
    failures: int = 0
    open_until: float = 0.0

    def may_ask(self, now: float) -> bool:
        """Whether the register may be asked."""
        return now >= self.open_until

    def note(self, now: float, *, answered: bool) -> None:
        """Note how it went."""
        self.failures = 0 if answered else self.failures + 1
        if self.failures >= self.most:
            self.open_until = now + self.pause_seconds


def _read_person(one: Mapping[str, Any], fields: Mapping[str, str]) -> Registered:
    reference, district, sex = (
        _text(one.get(fields.get(name, name))) for name in ("reference", "district", "sex")
    )
    if not reference:
        raise Unavailable("its answer names somebody without a reference")
    return Registered(reference, district, sex)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST:
        raise Unavailable("its answer holds something else than a text")
    return " ".join(str(value).split())
