"""The arithmetic of a council's colours, and the refusal of colours that not everyone can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import settings
from app.theme import Theme, contrast, derive, find_faults, fingerprint, mix, render_theme_css
from tests.conftest import make_settings


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert mix("#000000", "#ffffff", 0) == "#000000"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert mix("#123456", "#ffffff", 1) == "#ffffff"


def test_the_default_colours_can_be_read() -> None:
    assert find_faults(Theme()) == []


def test_pale_text_is_refused_with_its_contrast_and_a_remedy() -> None:
    faults = find_faults(Theme(primary="#7fb3bd"))
    assert any("primary (#7fb3bd) on paper" in fault and "2.1" in fault for fault in faults)
    assert any("Choose a darker CIVIC_THEME_PRIMARY" in fault for fault in faults)


def test_an_accent_as_dark_as_the_text_on_it_is_refused() -> None:
    assert any("CIVIC_THEME_ACCENT" in fault for fault in find_faults(Theme(accent="#8a3b12")))


def test_light_text_on_dark_paper_is_refused() -> None:
    (fault,) = find_faults(Theme(ink="#ffffff", paper="#102020"))
    assert "CIVIC_THEME_PAPER must be lighter" in fault


def test_text_on_a_coloured_button_is_white_or_ink_whichever_reads_better() -> None:
    assert derive(Theme())["on-primary"] == "#ffffff"
    assert derive(Theme(primary="#f4b63f"))["on-primary"] == Theme().ink


def test_the_style_sheet_holds_every_colour_and_its_fingerprint_follows_them() -> None:
    css = render_theme_css(Theme())
    assert css.startswith(":root{--primary:#0b4f5c;")
    assert all(f"--{name}:{value}" in css for name, value in derive(Theme()).items())
    assert fingerprint(css) != fingerprint(render_theme_css(Theme(ink="#000000")))


def test_settings_with_unreadable_colours_are_refused_with_their_other_faults(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsFault) as wrong:
        make_settings(
            "sqlite:////tmp/none.db",
            tmp_path,
            theme_primary="#9fd0d8",
            theme_danger="#ff9999",
            smtp_port="none",
        )
    text = str(wrong.value)
    assert "CIVIC_SMTP_PORT" in text
    assert "danger (#ff9999) on paper" in text
    assert "primary (#9fd0d8) on paper" in text


def test_a_colour_that_is_not_hexadecimal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsFault, match="CIVIC_THEME_INK must be a colour such as"):
        make_settings("sqlite:////tmp/none.db", tmp_path, theme_ink="black")


def test_a_council_may_write_its_colours_in_capitals(tmp_path: Path) -> None:
    assert make_settings("sqlite:////tmp/none.db", tmp_path, theme_ink="#17272D").theme == Theme()
