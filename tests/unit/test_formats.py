"""Days as each language writes them."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask, g

from app.core.formats import format_day


@pytest.mark.parametrize(
    ("lang", "whole", "without_year"),
    [
        ("fr", "1er janvier 2027", "1er janvier"),
        ("es", "1 de enero de 2027", "1 de enero"),
        ("en", "1 January 2027", "1 January"),
    ],
)
def test_a_day_is_written_as_its_language_writes_it(lang: str, whole: str, without_year: str) -> None:
    with Flask("days").app_context():
        g.lang = lang
        assert format_day(date(2027, 1, 1)) == whole
        assert format_day(date(2027, 1, 1), with_year=False) == without_year
