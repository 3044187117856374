"""What is new in a release, in the words of CHANGELOG.md."""

from __future__ import annotations

import re

NAME = "NOTES.md"
"""The file of a bundle that holds them."""


def of(changelog: str, version: str) -> str:
    """The chapter of `version`, or the unreleased one; empty when there is neither."""
    chapters = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    titled = {chapter.splitlines()[0].strip(): chapter for chapter in chapters}
    for title, chapter in titled.items():
        if title.startswith((f"[{version}]", f"{version} ")) or title == version:
            return _body(chapter)
    return next((_body(chapter) for title, chapter in titled.items() if title == "[Unreleased]"), "")


def _body(chapter: str) -> str:
    return chapter.partition("\n")[2].strip() + "\n"
