"""A verb handed over to a unit is followed to its end, also while systemd has no time to say how it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import Failure
from cli.lifecycle import hand_over
from cli.target import Target
from tests.cli.conftest import Heard

SYSTEMCTL = """#!/bin/sh
[ "$1" = show ] || { echo "$1" >>"$0.asked"; exit 0; }
said=$(head -n 1 "$0.script")
[ "$(wc -l <"$0.script")" -le 1 ] || sed -i 1d "$0.script"
[ "$said" != busy ] || exit 1
[ "$said" != over ] || touch "$0.over"
case $said in over | idle) echo inactive ;; *) echo activating ;; esac
"""
JOURNALCTL = """#!/bin/sh
[ ! -e "${0%journalctl}systemctl.over" ] || echo "$ANSWER"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host's programs that say what a script has them say, line by line; the last line for ever."""
    for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL), ("systemd-run", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(hand_over, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(hand_over, "LAST_WORDS_SECONDS", 0.1)
    monkeypatch.setattr(hand_over, "LONGEST_SILENCE_SECONDS", 0.5)
    return tmp_path


def run(
    programs: Path, heard: Heard, script: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, object]:
    (programs / "systemctl.script").write_text("\n".join(script.split()) + "\n")
    monkeypatch.setenv("ANSWER", answer)
    return hand_over.hand_over(heard.console, Target(), "try.service", ["civic", "backup"])


def test_a_systemd_that_is_too_busy_to_answer_does_not_end_it(
    programs: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "busy idle runs busy busy busy runs over"
    assert run(programs, heard, script, '{"ok": true, "set": "a"}', monkeypatch) == {"set": "a"}


def test_what_runs_already_is_joined_and_not_stopped_while_systemd_is_busy(
    programs: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = programs / "systemctl.asked"
    with pytest.raises(Failure, match="does not answer") as refused:
        run(programs, heard, "busy", "", monkeypatch)
    assert (refused.value.standing, asked.exists()) == ("Nothing was changed.", False)
    assert run(programs, heard, "busy busy runs over", '{"ok": true}', monkeypatch) == {}
    assert asked.read_text().split() == ["stop"], "only after its end"


def test_what_ends_without_a_word_is_told(
    programs: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Failure, match="ended without a word"):
        run(programs, heard, "idle runs over", "", monkeypatch)


def test_a_host_that_does_not_answer_any_more_is_told(
    programs: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Failure, match="does not answer any more"):
        run(programs, heard, "idle runs busy", "", monkeypatch)
