"""What `civic install` brings to a machine: a parcel of this code, or of a bundle that the machine's keys are satisfied with."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from cli import parcel
from cli.bundles import trust, verify
from cli.bundles.keys import PINNED, Keys, from_files
from cli.bundles.opening import Machine, unpack
from cli.console import Console
from cli.errors import PreflightRefused, WrongUse
from cli.parcel import Parcel
from cli.target import Target

_LOOK = f"""
import json, pathlib, platform
def texts(pattern):
    return {{str(path): path.read_text() for path in sorted(pathlib.Path("/").glob(pattern)) if path.is_file()}}
print(json.dumps({{
    "python": ".".join(platform.python_version_tuple()[:2]),
    "architecture": platform.machine(),
    "codename": platform.freedesktop_os_release().get("VERSION_CODENAME", ""),
    "newest": max((int(text) for text in texts("opt/civic/releases/*/source/{parcel.COUNTER}").values()), default=0),
    "keys": texts("{str(PINNED).lstrip("/")}/*"),
}}))
"""


@dataclass(frozen=True)
class Source:
    """Where a release comes from: a bundle, or this code; and the keys that an operator named."""

    bundle: Path | None = None
    keys: Path | None = None


@dataclass(frozen=True)
class There:
    """The machine, and the keys pinned on it; None before an install."""

    machine: Machine
    pinned: Keys | None


def look(target: Target) -> There:
    """What a machine is, as far as a bundle must suit it.

    Raises: PreflightRefused when it does not answer.
    """
    done = target.call("/usr/bin/python3", "-c", _LOOK)
    if not done.ok:
        raise PreflightRefused(f"PYTHON: {target.name}: {done.last_words}", "On it: apt-get install python3")
    facts = json.loads(done.out)
    texts = {Path(path).name: text for path, text in facts.pop("keys").items()}
    return There(Machine(**facts), from_files(texts) if "allowed_signers" in texts else None)


def bring(console: Console, target: Target, source: Source, folder: Path) -> Parcel:
    """The parcel for `target` in `folder`, with the keys that it shall trust from then on.

    Raises: WrongUse, BundleRefused.
    """
    there = look(target)
    named = trust.named_keys(source.keys)
    trusted = named or there.pinned or trust.own_keys()
    if source.bundle is None:
        return replace(parcel.pack(folder), keys=trusted if trusted.signers else None)
    if named is None and there.pinned is None:
        _show(console, trusted)
    verified = verify.verify(source.bundle, trusted, there.machine.newest)
    packed = unpack(verified, folder, there.machine)
    if not parcel.is_of_this_code(packed.wheel):
        raise WrongUse(
            f"This civic is another release than the bundle's ({packed.release}).",
            f"tar -xf {source.bundle} deploy && ./deploy/civic install --bundle {source.bundle}",
        )
    return packed if packed.keys else replace(packed, keys=trusted)


def _show(console: Console, trusted: Keys) -> None:
    if not trusted.signers:
        return
    words = "\n".join(f"  {line}" for line in trusted.fingerprints())
    console.say(
        f"Releases are to be trusted from now on when {trusted.threshold} of these signed them:\n{words}"
    )
    console.agree(
        "Are these the keys of the project?",
        unless_asked="Compare them, then say --yes, or name keys: --keys FOLDER.",
    )
