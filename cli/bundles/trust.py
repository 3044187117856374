"""Whom a machine trusts: the keys pinned on it; before there are any, those named by the operator or brought by the clone."""

from __future__ import annotations

import json
from pathlib import Path

from cli import assets, run
from cli.bundles import keys as folder_of_keys
from cli.bundles.keys import FILES, PINNED, Keys, from_files
from cli.target import Target


def trusted_keys(target: Target, named: Path | None) -> Keys:
    """The keys by which a bundle for `target` is checked: named, else pinned there, else the clone's."""
    if named is not None:
        return folder_of_keys.load(named)
    return pinned_keys(target) or folder_of_keys.load(own_folder())


def own_folder() -> Path:
    """The keys that came with this command: with the clone, or beside the launcher that was taken from a bundle."""
    return Path(run.environment("CIVIC_KEYS") or assets.path_of("deploy/keys"))


def pinned_keys(target: Target) -> Keys | None:
    """The keys of /etc/civic/keys there; None before an install."""
    read = f"import json, pathlib; print(json.dumps({{p.name: p.read_text() for p in pathlib.Path('{PINNED}').glob('*')}}))"
    done = target.call("/usr/bin/python3", "-c", read)
    texts = json.loads(done.out) if done.ok and done.out.strip() else {}
    return (
        from_files({name: texts[name] for name in FILES if name in texts})
        if "allowed_signers" in texts
        else None
    )
