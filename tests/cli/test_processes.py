"""A process is recognised and ended for certain, although ids are used again."""

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from cli import run
from cli.processes import Process, _count_children, grow

FAMILY = """
import os, signal, sys, time
child = os.fork()
if STUBBORN: signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(60)
"""


def begin(folder: Path, stubborn: bool = False) -> Process:
    """A process with a child, both of which sleep."""
    code = FAMILY.replace("STUBBORN", str(stubborn))
    process = Process.of(run.detach([sys.executable, "-c", code], env={}, cwd=folder, log=folder / "log"))
    deadline = time.monotonic() + 10
    while len(process._session()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    return process


def test_gunicorn_has_its_workers_again_however_many_it_gave_up_and_however_often_it_is_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "hello.py").write_text(
        "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n"
    )
    words = ("--workers", "3", "--preload", "--bind", f"unix:{tmp_path}/sock", "hello:app")
    command = [sys.executable, "-m", "gunicorn", *words]
    main = Process.of(run.detach(command, env={}, cwd=tmp_path, log=tmp_path / "log"))
    try:
        await_workers(main.pid, 3)
        for left in (2, 1):
            os.kill(main.pid, signal.SIGTTOU)
            await_workers(main.pid, left)
        for _ in range(2):
            grow(main.pid, 3)
            await_workers(main.pid, 3)
        time.sleep(0.5)  # a signal more would have made a fourth by now
        await_workers(main.pid, 3)
    finally:
        main.stop(5)
    grow(main.pid, 3)
    grow(0, 3)


def await_workers(gunicorn: int, number: int) -> None:
    """Wait until it has as many."""
    deadline = time.monotonic() + 20
    while _count_children(gunicorn) != number:
        assert time.monotonic() < deadline, _count_children(gunicorn)
        time.sleep(0.05)


def test_a_process_is_found_again_from_its_record(tmp_path: Path) -> None:
    process = begin(tmp_path)
    process.write(tmp_path / "record")
    assert Process.read(tmp_path / "record") == process
    assert process.is_running()
    assert process.memory_bytes() > 0
    process.stop(0.1)


def test_stopping_takes_the_children_too(tmp_path: Path) -> None:
    process = begin(tmp_path)
    process.stop(0.5)
    assert process._session() == []
    assert not process.is_running()


def test_a_process_that_will_not_end_is_killed_and_said_to_be(tmp_path: Path) -> None:
    process = begin(tmp_path, stubborn=True)
    assert process.stop(0.3) is False
    time.sleep(0.2)
    assert process._session() == []


@pytest.mark.parametrize("change", [{"tick": 1}, {"boot": "another"}])
def test_another_process_with_the_same_id_is_neither_taken_for_it_nor_ended(
    tmp_path: Path, change: dict[str, object]
) -> None:
    process = begin(tmp_path)
    lookalike = dataclasses.replace(process, **change)
    assert not lookalike.is_running()
    if "boot" in change:
        assert lookalike.stop(1)
    assert process.is_running()
    process.stop(0.1)


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]"])
def test_a_broken_record_is_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "record").write_text(text)
    assert Process.read(tmp_path / "record") is None


def test_a_process_that_never_was_is_not_found() -> None:
    with pytest.raises(ProcessLookupError):
        Process.of(2**22 + 1)
