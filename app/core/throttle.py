"""How often something may be tried: counts kept in the database, so that they hold over processes and restarts (A31)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from flask import request
from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, ask, count_changed, for_each_dialect
from app.core.errors import TooMany
from app.core.seal import site_secret

KEPT = timedelta(days=2)


class ThrottleCount(Base):
    """How often it was tried in the window that began at `began_at`. `key` is a keyed hash: no address is kept."""

    __tablename__ = "throttle_counts"

    key: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    number: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """At most `most` times in each window of `seconds`."""

    name: str
    most: int
    seconds: int


def count(limit: Limit, who: str) -> None:
    """Count one try of `who` (an IP, an address, a person). Raises: TooMany past the limit."""
    if add(limit, who) > limit.most:
        raise TooMany(_seconds_left(limit))


def count_all(*tries: tuple[Limit, str]) -> None:
    """Count one try under several limits, in one question. Raises: TooMany past one of them; those after it count nothing."""
    places = [_place(limit, who) for limit, who in tries]
    row = {f"{name}{at}": value for at, place in enumerate(places) for name, value in place.items()}
    numbers = {key: number for key, number in ask(_one_more(len(places))(), row)}
    for at, (limit, _) in enumerate(tries):
        if numbers[places[at]["of"]] > limit.most:
            for place in places[at + 1 :]:
                ask(_ONE_LESS, place)
            raise TooMany(_seconds_left(limit))


def add(limit: Limit, who: str) -> int:
    """Count one try and say how many that makes in this window, refusing nothing."""
    row = {f"{name}0": value for name, value in _place(limit, who).items()}
    number: int = ask(_one_more(1)(), row).one().number
    return number


def _place(limit: Limit, who: str) -> dict[str, Any]:
    began = int(clock.now().timestamp()) // limit.seconds * limit.seconds
    key = hmac.new(site_secret(), f"throttle:{limit.name}:{who}".encode(), hashlib.sha256).hexdigest()
    return {"of": key, "since": datetime.fromtimestamp(began, UTC)}


def _seconds_left(limit: Limit) -> int:
    return limit.seconds - int(clock.now().timestamp()) % limit.seconds


_COUNTS: Any = ThrottleCount.__table__
_ONE_LESS = (
    update(_COUNTS)
    .where(_COUNTS.c.key == bindparam("of"), _COUNTS.c.began_at == bindparam("since"))
    .values(number=_COUNTS.c.number - 1)
)


@cache
def _one_more(size: int) -> Callable[[], Any]:
    """A statement that counts so many tries, whose places are `of0`, `since0`, `of1`, …"""
    since = _COUNTS.c.began_at.type  # or SQLite would keep it in another form
    rows = [
        {"key": bindparam(f"of{at}"), "began_at": bindparam(f"since{at}", type_=since), "number": 1}
        for at in range(size)
    ]

    @for_each_dialect
    def statement(insert: Any) -> Any:
        counted = insert(_COUNTS).values(rows)
        more = {"number": _COUNTS.c.number + 1}
        return counted.on_conflict_do_update(index_elements=["key", "began_at"], set_=more).returning(
            _COUNTS.c.key, _COUNTS.c.number
        )

    return statement


def client_network() -> str:
    """The network of the client: an IPv4 address, or the /64 of an IPv6 address, which one household has to itself.

    Only the proxy may speak for the client (app.wsgi), so a forged X-Forwarded-For changes nothing.
    """
    text = request.remote_addr or "local"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return text


def delete_old() -> int:
    """Remove counts of windows that are over; returns how many."""
    return count_changed(delete(ThrottleCount).where(ThrottleCount.began_at < clock.now() - KEPT))
