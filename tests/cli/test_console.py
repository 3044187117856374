"""The console speaks so that people and programs can both follow."""

import io
import json
import re
from pathlib import Path

import pytest

from cli.console import Console
from cli.errors import Failure, WrongUse
from cli.progress import BAR_CELLS, Step
from cli.trial.folder import TrialFolder
from tests.cli.conftest import Heard, listen


def test_without_a_terminal_a_step_is_one_plain_line_with_its_place_and_time(heard: Heard) -> None:
    heard.console.expect_steps(2)
    with heard.console.step("Migrating"):
        pass
    assert heard.out.getvalue().startswith("ok [1/2] Migrating  0.")
    assert "\x1b" not in heard.out.getvalue()


def test_a_step_that_raises_is_shown_as_failed_and_the_error_goes_on(heard: Heard) -> None:
    with pytest.raises(ZeroDivisionError), heard.console.step("Dividing"):
        1 / 0  # noqa: B018
    assert heard.out.getvalue().startswith("failed Dividing")


def test_json_keeps_the_output_to_one_object(heard: Heard) -> None:
    spoken = listen(as_json=True)
    spoken.console.say("Hello")
    spoken.console.result({"address": "http://127.0.0.1:8000"})
    assert json.loads(spoken.out.getvalue()) == {"ok": True, "address": "http://127.0.0.1:8000"}
    assert spoken.err.getvalue() == "Hello\n"


def test_what_a_terminal_would_obey_is_shown_and_not_sent(heard: Heard, tmp_path: Path) -> None:
    heard.console.log_in(tmp_path, "count")
    name = "a\x1b]52;c;ZXZpbA==\x07b\x9b2Jc\rd\u202ee\x1b[8mf"
    heard.console.say(name)
    heard.console.heading(name)
    heard.console.warn(name)
    heard.console.failure(Failure(name, name, name))
    heard.console.close()
    said = heard.out.getvalue() + heard.err.getvalue() + next(tmp_path.glob("*.log")).read_text()
    assert not re.search("[\x1b\x07\x9b\r\u202e]", said)
    assert said.count("]52;c;ZXZpbA==") == 12


def test_quiet_keeps_only_warnings_and_errors() -> None:
    spoken = listen(quiet=True)
    spoken.console.say("Hello")
    spoken.console.warn("Look")
    assert spoken.out.getvalue() == ""
    assert spoken.err.getvalue() == "Warning: Look\n"


def test_a_failure_says_what_failed_how_things_stand_and_what_next(heard: Heard) -> None:
    heard.console.failure(Failure("Two\nthings broke", "The site is up.", "civic doctor"))
    assert heard.err.getvalue().splitlines() == [
        "Failed: Two",
        "        things broke",
        "Now:    The site is up.",
        "Next:   civic doctor",
    ]


def test_nobody_there_to_agree_is_wrong_use_and_yes_agrees_beforehand(heard: Heard) -> None:
    with pytest.raises(WrongUse, match="agreement"):
        heard.console.agree("Delete everything?")
    listen(yes=True).console.agree("Delete everything?")


def test_the_log_file_keeps_what_was_said_before_it_was_opened_and_is_named_at_the_end(
    heard: Heard, tmp_path: Path
) -> None:
    heard.console.say("early")
    path = heard.console.log_in(tmp_path, "install")
    heard.console.say("late")
    heard.console.close()
    assert [line.split(" ", 1)[1] for line in path.read_text().splitlines()] == ["early", "late"]
    assert heard.out.getvalue().splitlines()[-1] == f"Log: {path}"


def test_a_terminal_that_knows_no_accents_gets_plain_signs(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        console = Console(out=out, err=out)
        with console.step("Café"):
            pass
    assert (tmp_path / "out").read_text().startswith("ok Caf?")


@pytest.mark.parametrize(("elapsed", "cells"), [(0, 10), (10, 15), (1000, 19)])
def test_the_bar_never_claims_the_end_of_a_step_that_still_runs(elapsed: float, cells: int) -> None:
    step = Step(number=2, total=2, name="Installing", about_seconds=20)
    assert step.bar(elapsed, "#", ".") == "#" * cells + "." * (BAR_CELLS - cells) + " "


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colour_and_a_bar_unless_no_color_is_set_and_the_log_gets_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "30")
    for no_color, painted in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", no_color)
        out = Terminal()
        console = Console(out=out, err=out)
        log = console.log_in(tmp_path / (no_color or "0"), "test")
        console.expect_steps(1)
        with console.step("A step with a name that is longer than the terminal is wide", about_seconds=5):
            pass
        console.close()
        assert ("\x1b[32m" in out.getvalue()) == painted
        assert max(len(part) for part in re.findall(r"\x1b\[K([^\r\n]*)\r", out.getvalue())) < 30
        assert "\x1b" not in log.read_text()


def test_a_link_that_signs_in_is_shown_and_not_logged_and_the_log_is_for_its_owner(
    heard: Heard, tmp_path: Path
) -> None:
    """A43."""
    path = heard.console.log_in(tmp_path, "install")
    heard.console.hand_over("https://site.example/en/sign-in/once")
    heard.console.close()
    assert "sign-in/once" in heard.out.getvalue()
    assert "sign-in/once" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_folder_that_was_open_to_all_is_closed_for_a_trial(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    TrialFolder(tmp_path).create()
    assert tmp_path.stat().st_mode & 0o077 == 0
