"""The proof that a site works, taken on its host: its own checks, then what a resident's browser would get."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.settings import Settings
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import ask, variables
from cli.site import HostSite

OWN_AUTHORITY = Path("/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt")
HEADERS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def verify(console: Console) -> Mapping[str, Any]:
    """Take every proof.

    Raises: Failure with all that failed.
    """
    site = HostSite()
    site.require()
    checked = variables.check(site.given(), [])
    own = site.app_commands().call(
        "verify", standing="The site may serve; its own proof failed.", then="civic doctor"
    )
    faults = [
        str(check)
        for check in own.get("checks", [])
        if isinstance(check, Mapping) and not check.get("ok", True)
    ]
    faults += _proxied(checked) if checked.tls == "proxy" else _public(checked)
    if faults or not own.get("ok"):
        raise Failure(
            "\n".join(faults) or "The site's own proof failed.",
            "The site is installed; it does not serve as it should.",
            "civic doctor",
        )
    console.say("The site works: its own checks, pages, headers, foreign names refused.")
    return {"checks": own.get("checks", [])}


def trust(checked: Settings) -> ssl.SSLContext:
    """What a browser of this site's residents would trust."""
    context = ssl.create_default_context()
    for file in (OWN_AUTHORITY, checked.acme_ca_root, checked.tls_certificate):
        if file and Path(file).is_file():
            context.load_verify_locations(file)
    return context


def _public(checked: Settings) -> list[str]:
    context = trust(checked)
    page = ask.over_tls(f"/{checked.languages[0]}/", checked.hostname, context)
    faults = (
        []
        if page.status == 200
        else [f"https://{checked.hostname}/{checked.languages[0]}/ answers {page.status} {page.text[:200]}"]
    )
    if page.status == 200:
        faults += _header_faults(page.headers)
        if "max-age" not in page.headers.get("strict-transport-security", ""):
            faults.append("the header Strict-Transport-Security is missing")
    foreign = ask.over_tls("/", checked.hostname, context, host="elsewhere.invalid")
    if 200 <= foreign.status < 400:
        faults.append(f"a foreign Host header is answered with {foreign.status}")
    plain = ask.over_http("/", {"Host": checked.hostname})
    if plain.status != 308:
        faults.append(f"http is answered with {plain.status} instead of leading to https")
    return faults


def _proxied(checked: Settings) -> list[str]:
    page = ask.over_http(
        f"/{checked.languages[0]}/", {"Host": checked.hostname, "X-Forwarded-Proto": "https"}
    )
    if page.status != 200:
        return [f"http://{checked.hostname}/ answers the town's proxy with {page.status} {page.text[:200]}"]
    return _header_faults(page.headers)


def _header_faults(headers: Mapping[str, str]) -> list[str]:
    return [
        f"the header {name} is {headers.get(name)!r}"
        for name, wanted in HEADERS.items()
        if wanted not in headers.get(name, "")
    ]
