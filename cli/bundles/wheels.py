"""The wheels of a bundle: for each Python and machine exactly the files that the lock names."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from cli import run
from cli.bundles import lock
from cli.bundles.lock import Pin
from cli.errors import Failure

PYTHONS = ("3.11", "3.12", "3.13")
OLDEST_GLIBC, NEWEST_GLIBC = 5, 36
"""Debian 12 has glibc 2.36."""


def collect(pins: list[Pin], python: str, machine: str, folder: Path) -> list[Path]:
    """Download the wheels that `python` needs on `machine`, and look at their hashes again.

    Raises: Failure when one cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{pin.line()}\n" for pin in pins if pin.is_for(python)), encoding="utf-8")
    words = [
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--dest",
        str(folder),
        "--requirement",
        str(wanted),
    ]
    words += [
        "--implementation",
        "cp",
        "--python-version",
        python,
        "--abi",
        f"cp{python.replace('.', '')}",
        "--abi",
        "abi3",
    ]
    words += ["--abi", "none"]
    for minor in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1):
        words += ["--platform", f"manylinux_2_{minor}_{machine}"]
    words += ["--platform", f"manylinux2014_{machine}"]
    run.require(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            *words,
        ],
        failed=f"pip could not take the wheels for Python {python} on {machine}.",
        standing="No bundle was made.",
        then="Check the way to the package index, then run the same command again.",
    )
    found = sorted(folder.glob("*.whl"))
    wrong = [
        path.name
        for path in found
        if not lock.is_locked(pins, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    ]
    if wrong:
        raise Failure(f"Not as the lock file says: {', '.join(wrong)}.", "No bundle was made.", "deploy/lock")
    return found
