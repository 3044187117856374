"""The settings that a site has after a restore: its own, or the set's where they are wanted, and what the wish says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app import settings
from cli import config
from cli.sets import key_file
from cli.sets.key_file import BALLOT_KEY
from cli.sets.wish import Wish

KEYS = ("CIVIC_SECRET_KEY", "CIVIC_CENSUS_PEPPER")
"""What a database's ballots and census lists hang on."""
HELD = "CIVIC_MAIL_HELD"


def of_set(folder: Path, key: str = "") -> dict[str, str]:
    """The settings of a set, secrets with them; the one that no set holds comes from the file `key`, if one is named.

    Raises: WrongUse when its file of settings is none.
    """
    given = config.read(folder / "settings/civic.env")
    secrets = folder / "secrets"
    for file in sorted(secrets.iterdir()) if secrets.is_dir() else []:
        given[file.name] = file.read_text(encoding="utf-8")
    return given | (key_file.read_ballot_key(Path(key)) if key else {})


def has_same_keys(ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether the database of one site can be read with the secrets of the other."""
    return all(ours.get(name, "").strip() == theirs.get(name, "").strip() for name in KEYS)


def given_after(wish: Wish, ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """The settings of the host (`ours`; none on a bare one) with what is wanted of the set's (`theirs`).

    What belongs to the host (its database, its folders, its firewall) stays as it is; so does its ballot key if none came along.
    """
    hosts = _hosts_own() if ours else frozenset[str]()
    secret = {settings.env_name(one.name) for one in settings.declared() if one.metadata.get("secret")}
    given = dict(ours)
    for part, chosen in (("secrets", secret), ("settings", {*ours, *theirs} - secret)):
        if wish.wants(part):
            for name in chosen - hosts - ({BALLOT_KEY} - theirs.keys()):
                given.pop(name, None)
                if name in theirs:
                    given[name] = theirs[name]
    if wish.hostname and wish.hostname != given.get("CIVIC_HOSTNAME"):
        given["CIVIC_HOSTNAME"] = wish.hostname
        given.pop("CIVIC_PUBLIC_URL", None)
    if wish.clone:
        given[HELD] = "yes"
    return given


def _hosts_own() -> frozenset[str]:
    return frozenset(
        settings.env_name(one.name)
        for one in settings.declared()
        if one.metadata["section"] == "Host" and not one.metadata.get("made")
    )
