"""What an upgrade would bring and what it would take, in the operator's words; nothing is changed for it."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cli import assets
from cli.bundles import notes
from cli.console import Console
from cli.errors import WrongUse
from cli.parcel import Parcel
from cli.target import Target

USUAL_SECONDS = 90
"""What a small site takes; otherwise the last upgrade tells."""


@dataclass(frozen=True)
class Outlook:
    """From which release to which, what is new, what the database gets, how long it takes and who notices."""

    serves: str
    release: str
    notes: str
    migrations: tuple[str, ...]
    about_seconds: int

    @property
    def is_newer(self) -> bool:
        """Whether it is another release than the one that serves."""
        return self.serves != self.release

    def facts(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "changed": False, "who_notices": "nobody"}


def look(target: Target, packed: Parcel) -> Outlook:
    """What the release in `packed` would mean for the site on `target`.

    Raises: WrongUse when no site is there.
    """
    asked = target.call("/usr/local/bin/civic", "status", "--json")
    try:
        status = json.loads(asked.out.strip().splitlines()[-1])
        serves, schema = str(status["version"]), str(status["app"]["schema"])
    except (ValueError, IndexError, KeyError, TypeError):
        raise WrongUse(f"On {target.name} no site answers: {asked.last_words}", "civic status") from None
    took = [one["seconds"] for one in status.get("care", {}).get("upgrades", []) if one["ok"]]
    return Outlook(
        serves,
        packed.release,
        _notes(packed),
        tuple(_migrations(packed, schema)),
        round(took[-1]) if took else USUAL_SECONDS,
    )


def tell(console: Console, target: Target, ahead: Outlook) -> None:
    """The page that a person reads before agreeing."""
    if not ahead.is_newer:
        console.heading(f"{target.name} serves {ahead.release} already.")
        return
    console.heading(f"From {ahead.serves} to {ahead.release}")
    console.say(ahead.notes.rstrip() or "What is new is not written down.")
    console.say()
    console.table(
        [
            ("Database", "\n".join(ahead.migrations) or "stays as it is"),
            ("Takes", f"about {ahead.about_seconds} s, most of it the rehearsal on a copy"),
            ("Notice", "nobody: pages, votes and mail go on"),
            ("Way back", "by itself if anything fails; afterwards civic rollback"),
        ]
    )


def _notes(packed: Parcel) -> str:
    """Those that the bundle brought, or those of the clone."""
    beside, clone = packed.folder / notes.NAME, assets.clone()
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    if clone is None:
        return ""
    return notes.of((clone / "CHANGELOG.md").read_text(encoding="utf-8"), packed.release.partition("-")[0])


def _migrations(packed: Parcel, schema: str) -> Iterator[str]:
    """What each migration does that the database has not had, by its own first line."""
    with zipfile.ZipFile(packed.wheel) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith("app/migrations/0") and name[len("app/migrations/") :][:4] > schema:
                words = ast.get_docstring(ast.parse(wheel.read(name))) or name
                yield words.splitlines()[0].removeprefix("Expand: ")
