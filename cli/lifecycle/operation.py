"""An operation on a host: named steps, each journaled, each with its way back. Cut short anywhere, it is gone on with or undone.

Up to the end of its step `commit` an operation that fails is undone, backwards; from then on it can only be gone on with. Every
`do` and every `undo` may run twice, and `undo` also when its `do` was cut short or never began.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from cli.console import Console
from cli.errors import Failure, PreflightRefused, Undone
from cli.lifecycle import failpoint
from cli.lifecycle.journal import Journal


@dataclass(frozen=True)
class Step:
    """One step. `once`: not done again when the operation is gone on with; the others make sure of what may be lost meanwhile."""

    name: str
    title: str
    do: Callable[[], Any]
    undo: Callable[[], Any] | None = None
    about_seconds: float = 1.0
    limit_seconds: int = 600
    once: bool = False


@dataclass(frozen=True)
class Operation:
    """What is done (`name`, `facts`: see Journal), its steps, and how the site stands when it was undone.

    `then`: what an operator does next when it failed. `commit` empty: everything can be undone.
    """

    name: str
    facts: dict[str, str]
    steps: Sequence[Step]
    undone: str
    then: str
    commit: str = ""
    can_undo: bool = True

    def is_committed(self, journal: Journal) -> bool:
        """Whether there is no way back any more."""
        return bool(self.commit) and self.commit in journal.done

    def standing(self, journal: Journal) -> str:
        """How the site stands when the operation stops in its midst."""
        return (
            "The new state serves; what is left to do is unfinished."
            if self.is_committed(journal)
            else self.undone
        )


class TookTooLong(Exception):
    """A step did not end within its limit."""


def carry_out(console: Console, operation: Operation, journal: Journal) -> None:
    """Do the steps that are left.

    Raises: Undone when a step failed and all was taken back; Failure when it was not, with how to go on; KeyboardInterrupt.
    """
    console.expect_steps(len(operation.steps))
    for step in operation.steps:
        if step.once and step.name in journal.done:
            continue
        try:
            with console.step(step.title, step.about_seconds):
                journal.begin(step.name)
                _do(operation, step)
                journal.mark(step.name)
        except BaseException as error:
            _fail(console, operation, journal, step, error)
    journal.end(True)


def take_back(console: Console, operation: Operation, journal: Journal, why: str) -> None:
    """Undo what was begun, the last step first, and end the operation.

    Raises: Failure when a way back is blocked; the operation stays open and can be undone again.
    """
    for step in reversed(operation.steps):
        if step.undo is None or step.name not in journal.begun:
            continue
        try:
            with console.step(f"Undo: {step.title}", step.about_seconds), _limit(step.limit_seconds):
                failpoint.reach(f"{operation.name}.{step.name}.undo")
                step.undo()
        except Exception as error:
            raise Failure(
                f"{why}\nUndoing “{step.title}” failed as well: {in_words(error)}",
                "Unclear; civic status shows it.",
                "Mend the cause, then: civic abort",
            ) from error
    journal.end(False, failed=why)


def in_words(error: BaseException) -> str:
    """An error as an operator reads it."""
    if isinstance(error, Failure):
        return error.failed
    if isinstance(error, KeyboardInterrupt):
        return "it was stopped"
    return str(error) if isinstance(error, OSError | TookTooLong) else f"{type(error).__name__}: {error}"


def _do(operation: Operation, step: Step) -> None:
    point = f"{operation.name}.{step.name}"
    with _limit(failpoint.limit_of(point, step.limit_seconds)):
        failpoint.reach(f"{point}.before")
        step.do()
        failpoint.reach(f"{point}.after")


def _fail(console: Console, operation: Operation, journal: Journal, step: Step, error: BaseException) -> None:
    why = f"{step.title}: {in_words(error)}"
    then = error.then if isinstance(error, Failure) else operation.then
    if (
        operation.is_committed(journal) or not operation.can_undo
    ):  # it stays open: the next run goes on with it
        if isinstance(error, KeyboardInterrupt):
            raise error
        standing = error.standing if isinstance(error, Failure) else operation.standing(journal)
        raise Failure(why, standing, then) from error
    take_back(console, operation, journal, why)
    if isinstance(error, KeyboardInterrupt | PreflightRefused):  # a refusal stays one: nothing was changed
        raise error
    raise Undone(why, operation.undone, then) from error


@contextmanager
def _limit(seconds: int) -> Iterator[None]:
    def over(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
