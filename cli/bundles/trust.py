"""Whom a machine trusts: the keys pinned on it; before there are any, those named by the operator or brought by the clone."""

from __future__ import annotations

from pathlib import Path

from cli import assets, run
from cli.bundles import keys as folder_of_keys
from cli.bundles.keys import PINNED, Keys


def trusted_keys(named: Path | None) -> Keys:
    """The keys by which this machine checks: those named, else the pinned ones, else the clone's."""
    return named_keys(named) or (folder_of_keys.load(PINNED) if PINNED.is_dir() else own_keys())


def named_keys(folder: Path | None) -> Keys | None:
    """The keys of the folder that an operator named, if any."""
    return folder_of_keys.load(folder) if folder is not None else None


def own_keys() -> Keys:
    """The keys that came with this command: with the clone, or beside the launcher that was taken from a bundle."""
    return folder_of_keys.load(Path(run.environment("CIVIC_KEYS") or assets.path_of("deploy/keys")))
