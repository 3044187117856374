"""Every guarantee is tried by a test, and every id that code or tests name is explained in docs/guarantees.md."""

from __future__ import annotations

import re

from tests.guards.files import ROOT, name, tracked

ID = re.compile(r"\b(A(?=\d\d)|[FI])(\d{1,2})\b(?: ?(?:to|–|-) ?\1(\d{1,2})\b)?")
LISTED = set(
    re.findall(r"^\| ([AFI]\d+) \|", (ROOT / "docs/guarantees.md").read_text(encoding="utf-8"), re.MULTILINE)
)


def ids(text: str) -> set[str]:
    """The ids in a text; a range names all between."""
    return {
        f"{kind}{number:0{len(first)}}"
        for kind, first, last in ID.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def named(*folders: str) -> set[str]:
    """The ids in Python files below these folders."""
    files = [path for path in tracked() if path.suffix == ".py" and name(path).startswith(folders)]
    return set().union(*(ids(path.read_text(encoding="utf-8")) for path in files))


def test_every_guarantee_is_named_by_a_test() -> None:
    assert LISTED
    assert LISTED - named("tests/") == set()


def test_every_id_that_code_or_tests_name_is_explained() -> None:
    assert named("app/", "cli/", "tests/") - LISTED == set()
