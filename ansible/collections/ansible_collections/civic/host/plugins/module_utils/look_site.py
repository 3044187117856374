"""Preflight's look at what is already there: another web server or database, certificates, firewalls."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any

from ansible_collections.civic.host.plugins.module_utils.findings import Findings, Wanted, refusal, warning

PACKAGES = Path("/var/lib/civic/ops/packages")
"""Names of the packages that an earlier run brought."""
WARN_DAYS = 21


def proxy(wanted: Wanted) -> Findings:
    """A Caddy that serves something else would be taken over."""
    enabled = Path("/etc/systemd/system/multi-user.target.wants/caddy.service")
    if enabled.exists() and not Path("/etc/systemd/system/caddy.service.d/civic.conf").exists():
        yield refusal(
            "CADDY",
            "Caddy is already installed here and serves something else (/etc/caddy/Caddyfile).",
            "Use a machine of its own, or: systemctl disable --now caddy",
        )


def database(wanted: Wanted) -> Findings:
    """One PostgreSQL cluster on the usual port; others are named."""
    if not wanted["database_is_local"] or wanted["is_installed"]:
        return
    if PACKAGES.is_file() and "postgresql" in PACKAGES.read_text(encoding="utf-8").split():
        return
    clusters = sorted(Path("/etc/postgresql").glob("*/*/postgresql.conf"))
    names = ", ".join(f"{path.parts[3]}/{path.parts[4]}" for path in clusters)
    if len(clusters) > 1:
        yield refusal(
            "POSTGRESQL",
            f"Several PostgreSQL clusters are here: {names}.",
            "Name one in CIVIC_DATABASE_URL, or remove the others (pg_dropcluster).",
        )
    elif clusters:
        earlier = Path("/var/lib/civic/ops/live.json").is_file()
        fact = (
            "with the data of an earlier site, which is used again" if earlier else "and gets a database more"
        )
        yield warning(
            "POSTGRESQL", f"PostgreSQL {names} is already here, {fact}.", "Nothing, if that is what you want."
        )


def firewall(wanted: Wanted) -> Findings:
    """Two programs that manage one firewall undo each other's work."""
    if not wanted["firewall"]:
        return
    for name in ("ufw", "firewalld"):
        if Path(f"/etc/systemd/system/multi-user.target.wants/{name}.service").exists():
            yield refusal(
                "FIREWALL",
                f"{name} manages this machine's firewall.",
                f"Set CIVIC_FIREWALL=no and open 80 and 443 in {name}.",
            )


def certificate(wanted: Wanted) -> Findings:
    """With the town's own certificate: readable, key and certificate belong together, for this name, not about to end."""
    if wanted["tls"] != "files":
        return
    chain, key = wanted["tls_certificate"], wanted["tls_key"]
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key, password="")
        facts: dict[str, Any] = ssl._ssl._test_decode_cert(chain)  # type: ignore[attr-defined]
    except OSError as error:
        yield refusal(
            "CERTIFICATE",
            f"{chain} and {key} cannot be used: {error.strerror or error}.",
            "Put a PEM chain and its key without a password there.",
        )
        return
    named = [value for kind, value in facts.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]
    if not any(_covers(name, wanted["hostname"]) for name in named):
        yield refusal(
            "CERTIFICATE",
            f"{chain} is for {', '.join(named) or 'no name'}, not for {wanted['hostname']}.",
            "Use a certificate for CIVIC_HOSTNAME.",
        )
    days = (ssl.cert_time_to_seconds(facts["notAfter"]) - time.time()) / 86400
    if days < 0:
        yield refusal("CERTIFICATE", f"{chain} ended {-days:.0f} days ago.", "Put a new certificate there.")
    elif days < WARN_DAYS:
        yield warning(
            "CERTIFICATE",
            f"{chain} ends in {days:.0f} days.",
            "Put a new certificate there, then run civic install again.",
        )


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        return name.partition(".")[2].lower() == pattern[2:].lower()
    return pattern.lower() == name.lower()
