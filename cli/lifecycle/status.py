"""How a site on this host is, on one page."""

from __future__ import annotations

from typing import Any

from app import settings
from cli.care import history, letters, maintenance, publish
from cli.console import Console
from cli.doctor import gather_host
from cli.doctor.examine import examine
from cli.doctor.facts import Facts
from cli.site import STATE, HostSite

ZONE = str(next(one.metadata["default"] for one in settings.declared() if one.name == "time_zone"))


def show(console: Console, site: HostSite) -> dict[str, Any]:
    """Print the page; `ok` says whether residents are served.

    Raises: WrongUse when no site is installed here, or this user may not look.
    """
    facts = gather_host.gather(site)
    found = examine(facts)
    grave = [finding for finding in found if finding.is_grave]
    serves = facts.answer is not None and facts.answer[0] == 200
    console.heading("The site serves." if serves else "The site does not serve.")
    console.table(_rows(console, site, facts))
    for finding in grave:
        console.say(f"  ! {finding.code} {finding.what}: {finding.remedy}")
    console.next_commands(
        [
            ("civic doctor", f"{len(found)} findings, with causes and remedies"),
            ("civic logs", "what its parts say"),
        ]
    )
    return {
        "ok": serves and not grave,
        "version": site.version(),
        "address": _address(facts),
        "answer": list(facts.answer or ()),
        "parts": {part.name: part.state for part in facts.parts},
        "app": facts.app,
        "care": publish.facts(facts.care.known, site.version()) if facts.care else {},
        "findings": [finding.code for finding in found],
    }


def _address(facts: Facts) -> str:
    return facts.settings.get("CIVIC_PUBLIC_URL") or f"https://{facts.settings.get('CIVIC_HOSTNAME', '')}"


def _rows(console: Console, site: HostSite, facts: Facts) -> list[tuple[str, str]]:
    status, said = facts.answer or (0, "not asked")
    rows = [
        ("Site", _address(facts)),
        ("Release", site.version()),
        ("Answer", "ready" if status == 200 else f"{status or 'none'}: {said.strip()}"),
        ("Parts", "\n".join(f"{part.name}  {part.state}" for part in facts.parts)),
    ]
    if facts.certificate is not None:
        rows.append(("Certificate", f"{facts.certificate.days_left:.0f} days left"))
    if facts.mail_server is not None:
        rows.append(("Mail server", facts.mail_server[1]))
    if facts.memory_bytes is not None:
        free, total = facts.memory_bytes
        rows.append(("Memory", f"{free / 1e6:.0f} of {total / 1e6:.0f} MB free"))
    if facts.care is not None:
        zone = facts.settings.get("CIVIC_TIME_ZONE", ZONE)
        rows += history.rows(console, facts.care.known, facts.care.now, zone)
        rows += maintenance.row(STATE)
    rows += [("Disk", f"{disk.path}: {disk.free_bytes / 1e9:.1f} GB free") for disk in facts.disks]
    for name, value in (facts.app or {}).items():
        if name == "outbox" and "lanes" in value:
            rows += letters.rows(value)
        elif name == "sms":
            rows += letters.sms_rows(value)
        else:
            rows.append((name.replace("_", " ").capitalize(), _said(value)))
    return rows


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_said(one)}" for name, one in value.items())
    return "yes" if value is True else "no" if value is False else str(value)
