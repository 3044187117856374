"""What the monitor's timer does: asks the site how it is; moves it to its public certificate once its name leads here."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli import clock, run
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import ask
from cli.lifecycle.journal import write_whole
from cli.site import LIVE_SOCKET

CERTIFICATE = Path("/var/lib/caddy/civic-certificate.conf")
TRIES = Path("/var/lib/caddy/civic-tries.json")
CADDYFILE = Path("/etc/civic/Caddyfile")
WAIT_SECONDS = 90
LONGEST_PAUSE_SECONDS = 6 * 3600
INTERNAL = "tls internal\n"
PUBLIC = "# The public authority that the Caddyfile names.\n"


def watch(console: Console) -> Mapping[str, Any]:
    """Look, and mend what a timer may mend.

    Raises: Failure when the site is not ready.
    """
    hostname, tls = run.environment("CIVIC_HOSTNAME"), run.environment("CIVIC_TLS", "acme")
    certificate = change_over(console, hostname) if tls == "acme" else tls
    answer = ask.over_socket(LIVE_SOCKET, "/readyz", hostname)
    if answer.status != 200:
        raise Failure(
            f"The site is not ready: {answer.status} {answer.text[:300]}",
            "Residents may see an error page.",
            "civic doctor",
        )
    console.say(f"ready; certificate: {certificate}")
    return {"ready": True, "certificate": certificate}


def change_over(console: Console, hostname: str) -> str:
    """From the host's own authority to the public one, when the name leads here; back again if none is issued."""
    if not CERTIFICATE.is_file() or CERTIFICATE.read_text(encoding="utf-8") != INTERNAL:
        return "public"
    tries = json.loads(TRIES.read_text(encoding="utf-8")) if TRIES.is_file() else {"count": 0, "next_at": 0}
    if clock.now().timestamp() < tries["next_at"]:
        return "internal, waiting before the next try"
    token = ask.over_http("/.well-known/civic-host", {"Host": hostname}).text
    seen = ask.over_http("/.well-known/civic-host", {"Host": hostname}, name=hostname)
    if seen.status != 200 or seen.text != token:
        return f"internal: {hostname} does not lead here ({seen.status} {seen.text[:80]})"
    console.say(f"{hostname} leads here; asking the public authority for a certificate")
    _use(PUBLIC)
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        if _issued(hostname):
            TRIES.unlink(missing_ok=True)
            return "public"
        time.sleep(1)
    _use(INTERNAL)
    pause = min(900 * 2 ** tries["count"], LONGEST_PAUSE_SECONDS)
    write_whole(TRIES, json.dumps({"count": tries["count"] + 1, "next_at": clock.now().timestamp() + pause}))
    return f"internal: no certificate was issued; the next try is in {pause // 60} minutes"


def _use(text: str) -> None:
    write_whole(CERTIFICATE, text)
    run.require(
        ["caddy", "reload", "--force", "--config", CADDYFILE],
        failed="Caddy does not take its configuration.",
        standing="It serves with the one before.",
        then="journalctl -u caddy",
    )


def _issued(hostname: str) -> bool:
    """Whether the site shows a certificate that residents' browsers trust; its own authority's and a staging one are not."""
    context = ssl.create_default_context()
    root = run.environment("CIVIC_ACME_CA_ROOT")
    if root:
        context.load_verify_locations(root)
    try:
        return bool(ask.peer_certificate(hostname, context))
    except OSError:
        return False
