"""Base file trees of Debian 12 and 13, made once from the archive and kept; every host boots a copy-on-write view of one."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.machine import outer

PACKAGES = ("systemd-sysv", "dbus", "python3", "iproute2", "openssh-server", "sudo")
"""What every rented Debian has beside minbase; nothing that the installer should bring."""
CACHE = Path(os.environ.get("CIVIC_TEST_CACHE") or Path.home() / ".cache/civic/machines")


def tree(release: str, packages: tuple[str, ...] = PACKAGES) -> Path:
    """The base tree of `release` ("bookworm", "trixie"); takes half a minute the first time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    recipe = hashlib.sha256(" ".join((release, *packages)).encode()).hexdigest()[:8]
    made = CACHE / f"{release}-{recipe}"
    with (CACHE / f"{release}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            unfinished = CACHE / f"{release}-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            command = [
                "mmdebstrap",
                "--quiet",
                "--variant=minbase",
                *(f"--include={name}" for name in packages),
            ]
            subprocess.run([*command, release, str(unfinished)], check=True, stdin=subprocess.DEVNULL)
            outer.bring_into(unfinished)
            if "systemd-sysv" in packages:
                _prepare(unfinished)
            unfinished.rename(made)
    return made


def _prepare(root: Path) -> None:
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # each host draws its own
    wanted = root / "etc/systemd/system/multi-user.target.wants"
    (wanted / "systemd-networkd.service").symlink_to("/lib/systemd/system/systemd-networkd.service")
    _link(root / "etc/systemd/system/console-getty.service", "/dev/null")
    _link(root / "etc/systemd/system/systemd-networkd-wait-online.service", "/dev/null")


def _link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)
