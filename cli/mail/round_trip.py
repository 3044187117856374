"""A letter of the site to itself, there and back: its worker sends it, and hears of what comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from cli.app_commands import AppCommands
from cli.doctor.finding import Finding

SECONDS = 150.0
"""A mailbox is asked every minute, and a mail server that distrusts may let a letter wait."""
PAUSE_SECONDS = 3.0


def examine(site: AppCommands, address: str, seconds: float = SECONDS) -> Iterator[Finding]:
    """Send one and wait until it is back; what keeps it. `address` is CIVIC_MAIL_BOUNCES."""
    ends = time.monotonic() + seconds
    trip = _ask(site)
    while trip["outcome"] == "" and trip["state"] in ("waiting", "sending", "sent"):
        if time.monotonic() > ends:
            break
        time.sleep(PAUSE_SECONDS)
        trip = _ask(site, "--key", trip["key"])
    if trip["outcome"] == "delivered":
        return
    last = trip["answer"] or "the mail server said nothing"
    if trip["outcome"]:
        yield _of_return(address, f"it was {trip['outcome']}: {last}")
    elif trip["state"] == "sent":
        yield _of_return(address, f"it left and did not come in within {seconds:.0f} seconds: {last}")
    else:
        what, cause = f"the site's letter to {address} does not leave", f"it is {trip['state']}: {last}"
        yield Finding("M113", True, what, cause, "civic status, civic logs worker")


def _of_return(address: str, cause: str) -> Finding:
    remedy = "Let what is sent there, also with +anything before its @, come to the site: docs/operating.md, Mail that comes back"
    return Finding("M114", True, f"a letter to {address} does not come back", cause, remedy)


def _ask(site: AppCommands, *words: str) -> dict[str, Any]:
    return site.call("round-trip", *words, standing="The site serves as before.", then="civic logs worker")
