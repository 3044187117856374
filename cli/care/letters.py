"""The outbox and SMS as `civic status` shows it: a line a lane, and since when the mail server is away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.care.history import lasting

Row = tuple[str, str]


def rows(outbox: Mapping[str, Any]) -> Iterator[Row]:
    """Lines of the page, from the site's own facts."""
    if outbox.get("server_away_seconds") is not None:
        yield (
            "Mail away",
            f"it has taken no letter for {lasting(outbox['server_away_seconds'])}; all of them are kept",
        )
    yield "Letters", "\n".join(f"{name}: {_lane(lane)}" for name, lane in outbox["lanes"].items())
    if outbox.get("held"):
        yield "Letters held", f"{outbox['held']}, since a restore or because this is a clone"


def sms_rows(sms: Mapping[str, int]) -> Iterator[Row]:
    """Of SMS a line when some wait."""
    if sms["waiting"]:
        since = sms["oldest_waiting_seconds"]
        yield "SMS", f"{sms['waiting']} waiting" + (f", the oldest for {lasting(since)}" if since > 0 else "")


def _lane(lane: Mapping[str, int]) -> str:
    said = [f"{lane['waiting']} waiting"]
    if lane["waiting"]:
        said += [
            f"{lane[name]} {words}"
            for name, words in (("leased", "on the wire"), ("paused", "paused"))
            if lane[name]
        ]
        if lane["oldest_waiting_seconds"]:
            said.append(f"the oldest for {lasting(lane['oldest_waiting_seconds'])}")
    said.append(f"{lane['sent_today']} sent today")
    if lane["failed"]:
        said.append(f"{lane['failed']} failed in a month")
    return ", ".join(said)
