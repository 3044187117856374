"""Operations: gone on with or undone, whatever fails at whatever step; a hang ends at its limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.console import Console
from cli.errors import Failure, Undone
from cli.lifecycle import failpoint
from cli.lifecycle.journal import Journal
from cli.lifecycle.operation import Operation, Step, carry_out, take_back

NAMES = ("lay", "open", "sweep")


def operation_in(folder: Path, *, can_undo: bool = True) -> Operation:
    """Each step makes a file and its way back takes it away; `open` is the point of no return."""

    def step(name: str) -> Step:
        return Step(
            name,
            name,
            (folder / name).touch,
            lambda: (folder / name).unlink(missing_ok=True),
            once=name == "lay",
        )

    steps = [step(name) for name in NAMES]
    return Operation("test", {"of": "it"}, steps, "Undone: as before.", "civic doctor", "open", can_undo)


def left(folder: Path) -> list[str]:
    return [name for name in NAMES if (folder / name).exists()]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a test asks for a fault."""
    monkeypatch.setattr(failpoint, "FILE", tmp_path / "failpoint")
    return failpoint.FILE


@pytest.mark.parametrize("kind", ["raise", "full", "io", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", NAMES)
def test_a_fault_is_undone_before_the_commit_and_gone_on_with_after_it(
    tmp_path: Path, ask: Path, step: str, when: str, kind: str
) -> None:
    operation, console = operation_in(tmp_path), Console(quiet=True)
    journal = Journal.open(tmp_path, operation.name, operation.facts)
    ask.write_text(f"test.{step}.{when} {kind}")
    expected = Failure if step == "sweep" else Undone
    with pytest.raises(expected) as caught:
        carry_out(console, operation, journal)
    assert type(caught.value) is expected
    assert left(tmp_path) == ([] if step != "sweep" else ["lay", "open"] + ["sweep"] * (when == "after"))
    again = Journal.open(tmp_path, operation.name, operation.facts)
    assert again.resumed is (step == "sweep")
    carry_out(console, operation, again)
    assert left(tmp_path) == list(NAMES)
    assert Journal.list_unfinished(tmp_path) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", NAMES)
def test_a_kill_leaves_what_can_be_undone_or_gone_on_with(tmp_path: Path, step: str, when: str) -> None:
    (tmp_path / "failpoint").write_text(f"test.{step}.{when} kill")
    script = (
        "import sys; from pathlib import Path; from cli.console import Console; from cli.lifecycle import failpoint\n"
        "from tests.cli import test_operation as it\n"
        "folder = Path(sys.argv[1]); failpoint.FILE = folder / 'failpoint'\n"
        "made = it.operation_in(folder)\n"
        "it.carry_out(Console(quiet=True), made, it.Journal.open(folder, made.name, made.facts))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -9
    (journal,) = Journal.list_unfinished(tmp_path)
    operation = operation_in(tmp_path)
    if operation.is_committed(journal):
        carry_out(Console(quiet=True), operation, journal)
        assert left(tmp_path) == list(NAMES)
    else:
        take_back(Console(quiet=True), operation, journal, "cut short")
        assert left(tmp_path) == []
    assert Journal.list_unfinished(tmp_path) == []


def test_what_cannot_be_undone_stays_and_is_gone_on_with(tmp_path: Path, ask: Path) -> None:
    operation = operation_in(tmp_path, can_undo=False)
    ask.write_text("test.open.before io")
    with pytest.raises(Failure, match="Input/output error"):
        carry_out(Console(quiet=True), operation, Journal.open(tmp_path, operation.name, operation.facts))
    assert left(tmp_path) == ["lay"]
    assert Journal.open(tmp_path, operation.name, operation.facts).done == ["lay"]


def test_a_way_back_that_fails_is_said_and_can_be_tried_again(tmp_path: Path, ask: Path) -> None:
    operation, console = operation_in(tmp_path), Console(quiet=True)
    journal = Journal.open(tmp_path, operation.name, operation.facts)
    journal.begin("lay")
    (tmp_path / "lay").touch()
    ask.write_text("test.lay.undo raise")
    with pytest.raises(Failure, match="failed as well"):
        take_back(console, operation, journal, "stopped")
    (open_still,) = Journal.list_unfinished(tmp_path)
    take_back(console, operation, open_still, "stopped")
    assert left(tmp_path) == []
