"""Config files (the form of config.example.env): read, check, write. One check function for all of the CLI: app.settings.load."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream

from app import settings
from cli.errors import WrongUse

_DRAWN_LATER = "drawn-by-the-installer-drawn-by-the-installer"


def read(path: Path) -> dict[str, str]:
    """The names and values of a config file, unchecked.

    Raises: WrongUse with every line that is not NAME=VALUE, and every name given twice.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"{path} cannot be read: {error}", "Name a file in the form of config.example.env."
        ) from None
    faults: list[str] = []
    given: dict[str, str] = {}
    for binding in bindings:
        line = binding.original.line
        if binding.error or (binding.key and binding.value is None):
            faults.append(f"{path}:{line}: not NAME=VALUE: {binding.original.string.strip()[:60]!r}")
        elif binding.key in given:
            faults.append(f"{path}:{line}: {binding.key} is given twice")
        elif binding.key and binding.value is not None:
            given[binding.key] = binding.value
    if faults:
        raise WrongUse("\n".join(faults), f"Correct {path}, then: civic config check {path}")
    return given


def faults_of(given: Mapping[str, str]) -> list[str]:
    """What is wrong with these settings, one sentence a fault; what the installer draws itself is never missing."""
    drawn = {
        settings.env_name(one.name): _DRAWN_LATER for one in settings.declared() if one.metadata.get("made")
    }
    try:
        checked = settings.load({**drawn, **given})
    except settings.SettingsFault as wrong:
        return wrong.faults + _foreign(given)
    return _lacking_for_root(checked) + _foreign(given)


def is_secret(name: str) -> bool:
    """Whether a setting is a secret: never shown, and never on a command line."""
    return any(
        one.metadata.get("secret") for one in settings.declared() if settings.env_name(one.name) == name
    )


def known_name(given: str) -> str:
    """The setting that a person means: `smtp_port`, `SMTP_PORT` and `CIVIC_SMTP_PORT` are the same one.

    Raises: WrongUse naming the nearest setting.
    """
    upper = given.upper().replace("-", "_")
    name = upper if upper.startswith(settings.PREFIX) else settings.PREFIX + upper
    known = [settings.env_name(one.name) for one in settings.declared()]
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    raise WrongUse(
        f"{given} is not a setting" + (f"; did you mean {near[0]}?" if near else "."),
        "See all of them in config.example.env.",
    )


def write(path: Path, given: Mapping[str, str]) -> None:
    """Write the whole file at once (0600), so that it is never half there, and `read` gives the same back."""
    lines = [f"{name}='{_quoted(value)}'" for name, value in given.items()]
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _lacking_for_root(checked: settings.Settings) -> list[str]:
    """Secrets that the site itself does not get, so that app.settings cannot miss them."""
    has_bucket = any(store.where.startswith("s3:") for store in checked.stores)
    if has_bucket and not checked.backup_s3_secret:
        return ["CIVIC_BACKUP_S3_SECRET is missing: a store of CIVIC_BACKUP_STORES is s3:"]
    return []


def _foreign(given: Mapping[str, str]) -> list[str]:
    """Names without the prefix: app.settings ignores them, but in a config file they are slips."""
    known = [settings.env_name(one.name) for one in settings.declared()]
    faults = []
    for name in sorted(name for name in given if not name.startswith(settings.PREFIX)):
        near = difflib.get_close_matches(settings.PREFIX + name.upper(), known, n=1)
        faults.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return faults
