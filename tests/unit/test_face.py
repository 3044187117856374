"""The compiled files of the face: named after their content, complete, and free of what a civic site must not wear."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "app" / "core" / "static"


def test_every_compiled_file_is_named_after_its_content() -> None:
    names = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    assert {path.name for path in STATIC.iterdir()} == {*names.values(), "manifest.json"}
    for hashed in names.values():
        digest = hashlib.sha256((STATIC / hashed).read_bytes()).hexdigest()
        assert hashed.split(".")[-2] == digest[:10]


def test_the_style_sheet_has_no_typeface_crown_or_foreign_address() -> None:
    css = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.css"))
    assert "GDS Transport" not in css
    assert "@font-face" not in css
    assert "govuk-header" not in css
    assert "url(http" not in css.replace('"', "").replace("'", "")
