"""The facts of a site on this host. Needs root: sockets' owners and the site's settings are not for everybody."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cli import config, run
from cli.doctor import gather_care, measure
from cli.doctor.facts import Certificate, Disk, Facts, File, Part
from cli.errors import Failure, WrongUse
from cli.lifecycle import ask
from cli.lifecycle.verify import OWN_AUTHORITY
from cli.site import CREDENTIALS, ENV_FILE, LIVE_SOCKET, STATE, HostSite

WEB = "civic-web@"
FACTS_SECONDS = 45
SHOWN = "Id,Type,ActiveState,SubState,NRestarts,Result"
_HOLDER = re.compile(r':(80|443)\s.*?users:\(\("([^"]+)"')


def gather(site: HostSite) -> Facts:
    """Look at everything; ten seconds at most."""
    site.require()
    settings = read_settings(site)
    faults = config.faults_of(settings)
    told, error = ({}, None) if faults else _ask_app(site)
    host = settings.get("CIVIC_HOSTNAME", "")
    return Facts(
        is_trial=False,
        parts=parts(site.version()),
        answer=ask_site(host, "/readyz"),
        front_page=ask_site(host, "/"),
        settings=settings,
        settings_faults=tuple(faults),
        files=_files(site),
        disks=_disks(settings),
        memory_bytes=measure.memory_bytes(),
        killed_for_memory=measure.killed_for_memory(),
        clock_synchronised=_clock(),
        restart_wanted=Path("/run/reboot-required").exists(),
        release=measure.release(site.root),
        own_addresses=_own_addresses(),
        name_addresses=measure.addresses_of(host),
        port_holders=_port_holders(),
        certificate=_certificate(settings),
        mail_server=_mail(settings),
        app=told,
        app_error=error,
        care=gather_care.gather(site, settings),
    )


def read_settings(site: HostSite) -> dict[str, str]:
    """The site's settings, secrets with them.

    Raises: WrongUse when this user may not read them.
    """
    if not run.is_root():
        raise WrongUse("The site's settings are for root only.", "Run the same command as root.")
    return site.given()


def parts(version: str) -> tuple[Part, ...]:
    """The live release's units and the services that they need, as systemd sees them."""
    patterns = ["civic-*.service", "postgresql@*.service"]
    listed = run.capture(["systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", *patterns])
    names = [line.split()[0] for line in listed.out.splitlines() if line.split()]
    mine = [name for name in names if not name.startswith(WEB)]
    shown = run.capture(
        ["systemctl", "show", f"--property={SHOWN}", "caddy.service", f"{WEB}{version}.service", *mine]
    )
    units = [
        dict(line.split("=", 1) for line in block.splitlines()) for block in shown.out.strip().split("\n\n")
    ]
    return tuple(_part(unit) for unit in units if unit.get("Type") != "oneshot")


def ask_site(hostname: str, page: str) -> tuple[int, str]:
    """Status and text of a page, asked as the proxy asks; 0 and the reason when nothing answers."""
    answer = ask.over_socket(LIVE_SOCKET, page, hostname)
    return answer.status, answer.text


def _certificate(settings: dict[str, str]) -> Certificate | None:
    if settings.get("CIVIC_TLS") == "proxy":
        return None
    trusted = [settings.get("CIVIC_ACME_CA_ROOT", "")]
    known = [str(OWN_AUTHORITY), settings.get("CIVIC_TLS_CERTIFICATE", "")]
    return measure.certificate(settings.get("CIVIC_HOSTNAME", ""), trusted, known)


def _part(unit: dict[str, str]) -> Part:
    state = f"{unit.get('ActiveState')} ({unit.get('SubState')}, {unit.get('Result')})"
    return Part(
        unit.get("Id", ""), unit.get("ActiveState") == "active", state, int(unit.get("NRestarts") or 0)
    )


def _ask_app(site: HostSite) -> tuple[dict[str, Any], str | None]:
    try:
        return site.app_commands(longest_seconds=FACTS_SECONDS).call("facts", standing="", then=""), None
    except Failure as failure:
        return {}, failure.failed


def _files(site: HostSite) -> tuple[File, ...]:
    folder = site.path(CREDENTIALS)
    paths = [site.path(ENV_FILE), *(sorted(folder.iterdir()) if folder.is_dir() else [])]
    return tuple(found for path in paths if (found := measure.file(path, owner=0)))


def _disks(settings: dict[str, str]) -> tuple[Disk, ...]:
    """Each file system once, by the first of the site's places on it."""
    places = [STATE, Path(settings.get("CIVIC_UPLOADS_DIR") or STATE), Path("/opt"), Path("/var")]
    by_device = {path.stat().st_dev: path for path in reversed(places) if path.is_dir()}
    return tuple(measure.disk(path) for path in reversed(by_device.values()))


def _clock() -> bool | None:
    said = run.capture(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    return said.out.strip() == "yes" if said.ok else None


def _own_addresses() -> frozenset[str] | None:
    said = run.capture(["ip", "-json", "address"])
    if not said.ok:
        return None
    return frozenset(one["local"] for link in json.loads(said.out) for one in link.get("addr_info", []))


def _port_holders() -> dict[int, str]:
    said = run.capture(["ss", "-ltnpH"])
    return {int(port): holder for port, holder in _HOLDER.findall(said.out)}


def _mail(settings: dict[str, str]) -> tuple[bool, str] | None:
    host = settings.get("CIVIC_SMTP_HOST")
    if not host:
        return None
    return measure.mail_server(
        host, int(settings.get("CIVIC_SMTP_PORT", "587")), settings.get("CIVIC_SMTP_SECURITY", "")
    )
