"""Preflight's look at the machine itself: system, memory, disks, clock, locale."""

from __future__ import annotations

import email.utils
import http.client
import os
import platform
import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path

from ansible_collections.civic.host.plugins.module_utils.findings import Findings, Wanted, refusal, warning
from ansible_collections.civic.host.plugins.module_utils.look_network import archives

MEMORY_MB = 700
COMFORTABLE_MB = 1400
SPACE_MB = {"/usr": 700, "/opt": 500, "/var/lib": 500, "/var/cache": 250, "/tmp": 100}  # noqa: S108
"""What an install takes, by the place where it goes; places on one filesystem are added up."""
CLOCK_SECONDS = 300


def system(wanted: Wanted) -> Findings:
    """Debian 12 or 13 with systemd, root, a Python that the site runs on."""
    facts = platform.freedesktop_os_release()
    name = facts.get("PRETTY_NAME", "an unknown system")
    if facts.get("ID") == "ubuntu" and facts.get("VERSION_ID") in ("24.04", "22.04"):
        yield warning(
            "OS", f"This is {name}: expected to work, not tested.", "Use Debian 12 or 13 where you can."
        )
    elif facts.get("ID") != "debian" or facts.get("VERSION_ID") not in ("12", "13"):
        yield refusal(
            "OS", f"This is {name}; the site needs Debian 12 or 13.", "Install on a Debian 12 or 13 machine."
        )
    elif not (3, 11) <= sys.version_info[:2] < (3, 14):
        found = platform.python_version()
        yield refusal(
            "PYTHON", f"python3 is {found}; the site needs 3.11 to 3.13.", "Put Debian's own python3 back."
        )
    if os.geteuid() != 0:
        yield refusal(
            "ROOT", "The installer does not have root's rights on the host.", "Run it with sudo, or as root."
        )
    if not Path("/run/systemd/system").is_dir():
        yield refusal(
            "SYSTEMD",
            "The machine was not booted with systemd.",
            "Use a machine or virtual machine, not a bare container.",
        )


def memory(wanted: Wanted) -> Findings:
    """Enough memory for PostgreSQL, the site and its worker."""
    lines = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    )
    total_mb = int(lines["MemTotal"].split()[0]) // 1024
    if total_mb < MEMORY_MB:
        yield refusal(
            "MEMORY",
            f"The machine has {total_mb} MB of memory; {MEMORY_MB} MB are needed.",
            "Give it 1 GB or more.",
        )
    elif total_mb < COMFORTABLE_MB:
        yield warning(
            "MEMORY",
            f"The machine has {total_mb} MB of memory: enough for a small town.",
            "2 GB leave room for a busy evening.",
        )


def disks(wanted: Wanted) -> Findings:
    """Enough room on each filesystem, for all that goes there together."""
    places: dict[int, list[str]] = defaultdict(list)
    for place in SPACE_MB:
        places[os.stat(_existing(place)).st_dev].append(place)
    for named in places.values():
        needed = 200 if wanted["is_installed"] else sum(SPACE_MB[place] for place in named)
        free = shutil.disk_usage(_existing(named[0])).free // 2**20
        if free < needed:
            where = _mount_of(named[0])
            yield refusal(
                "DISK",
                f"{free} MB are free on {where} (for {', '.join(named)}); {needed} MB are needed.",
                f"Free some space (du -xh {where} | sort -h | tail) or enlarge the disk.",
            )
    for place in ("/opt", "/var/lib"):
        facts = os.statvfs(place)
        if facts.f_files and facts.f_favail < 20_000:
            yield refusal(
                "INODES",
                f"Only {facts.f_favail} files can still be made on {_mount_of(place)}.",
                "Remove small files (df -i).",
            )


def clock(wanted: Wanted) -> Findings:
    """The time of day agrees with what the archive says: certificates and one-time codes depend on it."""
    for host in () if wanted["brings_packages"] else archives()[:1]:
        try:
            link = http.client.HTTPConnection(host, timeout=3)
            link.request("HEAD", "/")
            said = link.getresponse().getheader("Date", "")
            off = time.time() - email.utils.parsedate_to_datetime(said).timestamp()
        except (OSError, ValueError, TypeError, http.client.HTTPException):
            return
        if abs(off) > CLOCK_SECONDS:
            yield refusal(
                "CLOCK",
                f"The clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the archive's.",
                "timedatectl set-ntp true",
            )


def locale(wanted: Wanted) -> Findings:
    """A default locale that is not there makes many programs complain; the site itself uses C.UTF-8 always."""
    file = Path("/etc/default/locale")
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    names = {
        line.partition("=")[2].strip("\"' ")
        for line in text.splitlines()
        if line.startswith(("LANG=", "LC_ALL="))
    }
    for name in sorted(names - {"", "C", "POSIX", "C.UTF-8", "C.utf8"}):
        if (
            not any(Path("/usr/lib/locale").glob("locale-archive"))
            and not Path("/usr/lib/locale", name).exists()
        ):
            yield warning(
                "LOCALE",
                f"The default locale {name} is not on this machine; the site uses C.UTF-8.",
                "dpkg-reconfigure locales",
            )


def _existing(place: str) -> Path:
    path = Path(place)
    while not path.exists():
        path = path.parent
    return path


def _mount_of(place: str) -> str:
    path = _existing(place).resolve()
    while not path.is_mount():
        path = path.parent
    return str(path)
