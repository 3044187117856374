"""The site's own commands (`python -m app VERB`), which is all that the CLI knows of a running site's inside."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import assets, run
from cli.errors import Failure


@dataclass(frozen=True)
class AppCommands:
    """How to call the app of one site: the interpreter's words, the site's settings, the folder to stand in."""

    python: Sequence[str | Path]
    env: Mapping[str, str]
    folder: Path

    @classmethod
    def of_this_copy(cls, settings: Mapping[str, str], folder: Path) -> AppCommands:
        """The app that came with this CLI, in the same interpreter."""
        clone = assets.clone()
        path = {"PYTHONPATH": str(clone), "PYTHONSAFEPATH": "1"} if clone else {}
        return cls((sys.executable,), {**path, **settings}, folder)

    def words(self, *module_and_words: str) -> list[str | Path]:
        """The command line of `python -m MODULE WORD...`."""
        return [*self.python, "-m", *module_and_words]

    def call(self, *words: str, standing: str, then: str, stdin: Path | None = None) -> dict[str, Any]:
        """Run one of the app's commands, with a file on its input if need be, and return its answer.

        Raises: Failure with the app's refusal or its last words, `standing` and `then`.
        """
        done = run.capture(self.words("app", *words), env=self.env, cwd=self.folder, stdin=stdin)
        answer = _last_object(done.out)
        if done.ok and answer is not None:
            return answer
        refused = (
            "\n".join([answer["refused"], *answer.get("faults", [])])
            if answer and "refused" in answer
            else ""
        )
        raise Failure(f"The site's command {words[0]} failed.\n{refused or done.last_words}", standing, then)


def _last_object(text: str) -> dict[str, Any] | None:
    for line in reversed(text.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None
