"""How often something may be tried: counts kept in the database, so that they hold over processes and restarts (A31)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, request
from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, ask, count_changed, for_each_dialect
from app.core.errors import TooMany

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
        raise TooMany(limit.seconds - int(clock.now().timestamp()) % limit.seconds)


def add(limit: Limit, who: str) -> int:
    """Count one try and say how many that makes in this window, refusing nothing."""
    began = int(clock.now().timestamp()) // limit.seconds * limit.seconds
    began_at = datetime.fromtimestamp(began, UTC)
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.new(secret, f"throttle:{limit.name}:{who}".encode(), hashlib.sha256).hexdigest()
    number: int = ask(_one_more(), {"key": key, "began_at": began_at, "number": 1}).scalar_one()
    return number


@for_each_dialect
def _one_more(insert: Any) -> Any:
    return (
        insert(ThrottleCount.__table__)
        .on_conflict_do_update(index_elements=["key", "began_at"], set_={"number": ThrottleCount.number + 1})
        .returning(ThrottleCount.number)
    )


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
