"""The bill of materials of a bundle (CycloneDX 1.5, JSON): each wheel and each Debian package, with version, hash and licence."""

from __future__ import annotations

import email.parser
import json
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from packaging.utils import parse_wheel_filename

SPACE = uuid.UUID("5b9f3b0e-8c1e-5c57-9d0a-3f6f2b7a1c11")
"""The namespace of serial numbers: the same parts have the same number."""


def of(version: str, wheels: Mapping[str, Path], hashes: Mapping[str, str]) -> str:
    """The bill of `wheels` and of the Debian packages among `hashes`, both by their names in the bundle."""
    parts = [_wheel(name, path, hashes[name]) for name, path in sorted(wheels.items())]
    parts += [_deb(name, sha256) for name, sha256 in sorted(hashes.items()) if name.endswith(".deb")]
    serial = uuid.uuid5(SPACE, json.dumps(parts, sort_keys=True))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "civic", "version": version, "bom-ref": "civic"}
        },
        "components": parts,
    }
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


def _wheel(member: str, path: Path, sha256: str) -> dict[str, Any]:
    name, version, _, _ = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as opened:
        inside = next(
            entry
            for entry in opened.namelist()
            if entry.count("/") == 1 and entry.endswith(".dist-info/METADATA")
        )
        facts = email.parser.HeaderParser().parsestr(opened.read(inside).decode("utf-8", "replace"))
    part = _part(member, sha256, name=str(name), version=str(version), purl=f"pkg:pypi/{name}@{version}")
    licence = licences(
        facts.get("License-Expression"), facts.get("License"), facts.get_all("Classifier") or []
    )
    return {**part, "licenses": licence} if licence else part


def _deb(member: str, sha256: str) -> dict[str, Any]:
    path = PurePosixPath(member)
    name, version, architecture = path.stem.split("_")
    version = version.replace("%3a", ":")
    purl = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}&distro={path.parent.name}"
    return _part(member, sha256, name=name, version=version, purl=purl)


def _part(member: str, sha256: str, **facts: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": member, "hashes": [{"alg": "SHA-256", "content": sha256}], **facts}


def licences(expression: str | None, text: str | None, classifiers: list[str]) -> list[dict[str, Any]]:
    """CycloneDX's form of what a wheel says of its licence: an SPDX expression, else a name; empty when it says nothing."""
    if expression:
        return [{"expression": expression}]
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    first = (text or "").strip().splitlines()
    short = first[:1] if first and len(first[0]) < 60 and not named else []
    return [{"license": {"name": name}} for name in named or short]
