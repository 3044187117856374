"""The lock file of the packages, read: each with its version, the Pythons that it is for and the hashes of its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

_LINE = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: *; *(?P<marker>[^\\]+?))?(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64})+)"
)


@dataclass(frozen=True)
class Pin:
    """One package of the lock."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]

    def is_for(self, python: str) -> bool:
        """Whether CPython of this version ("3.11") on Linux needs it."""
        facts = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
        facts |= {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
        return not self.marker or Marker(self.marker).evaluate(facts)

    def line(self) -> str:
        """As pip takes it, without the marker."""
        return f"{self.name}=={self.version} " + " ".join(
            f"--hash=sha256:{one}" for one in sorted(self.hashes)
        )


def parse(text: str) -> list[Pin]:
    """The packages of a lock file.

    Raises: ValueError at a line that is none.
    """
    joined = text.replace("\\\n", " ")
    pins = []
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"not a line of a lock file: {line.strip()[:60]}")
        hashes = frozenset(re.findall(r"sha256:([0-9a-f]{64})", match["hashes"]))
        pins.append(Pin(canonicalize_name(match["name"]), match["version"], match["marker"] or "", hashes))
    return pins


def is_locked(pins: list[Pin], wheel: str, sha256: str) -> bool:
    """Whether a wheel of this file name and hash is one that the lock names."""
    name, version, _, _ = parse_wheel_filename(PurePosixPath(wheel).name)
    return any(pin.name == name and Version(pin.version) == version and sha256 in pin.hashes for pin in pins)


def lacking(pins: list[Pin], wheels: list[str], python: str, machine: str) -> list[str]:
    """The packages that `python` needs on `machine` and for which none of the wheels is."""
    there = {_is_of(wheel) for wheel in wheels if suits(wheel, python, machine)}
    return [pin.name for pin in pins if pin.is_for(python) and (pin.name, Version(pin.version)) not in there]


def _is_of(wheel: str) -> tuple[str, Version]:
    name, version, _, _ = parse_wheel_filename(PurePosixPath(wheel).name)
    return str(name), version


def suits(wheel: str, python: str, machine: str) -> bool:
    """Whether a wheel can be used by CPython of this version on this machine ("x86_64")."""
    short = python.replace(".", "")
    if not wheel.endswith((f"_{machine}.whl", "-any.whl")):
        return False
    _, _, _, tags = parse_wheel_filename(PurePosixPath(wheel).name)
    return any(
        tag.interpreter in (f"cp{short}", f"py{short}", "py3", "py2.py3")
        or (tag.abi == "abi3" and int(tag.interpreter[3:] or 0) <= int(short[1:]))
        for tag in tags
    )
