"""Files stay small enough to be read: the largest one tells a tidy house from a tangled one."""

from __future__ import annotations

import pytest

from tests.guards.files import name, tracked, under

LIMITS = [
    ("modules", under("app", "cli", "ansible", "tests", suffix=".py"), 400),
    ("templates", under("app", suffix=".html"), 120),
    ("role task files", [path for path in under("ansible", suffix=".yml") if "tasks" in path.parts], 80),
    (
        "shell files",
        [path for path in tracked() if path.suffix == ".sh" or name(path) in ("deploy/civic", "tests/run")],
        200,
    ),
]


@pytest.mark.parametrize(("kind", "paths", "most"), LIMITS, ids=[kind for kind, _, _ in LIMITS])
def test_no_file_is_longer_than_its_kind_allows(kind: str, paths: list[object], most: int) -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}  # type: ignore[arg-type,attr-defined]
    assert not {path: length for path, length in lengths.items() if length > most}
