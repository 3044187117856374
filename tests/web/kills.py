"""A process that is killed (SIGKILL) at a moment of its work: nothing of it is tidied up."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable

from flask import Flask
from sqlalchemy import event

from app.core.db import db


def in_child(app: Flask, work: Callable[[], None]) -> int:
    """Run it in a process of its own; returns the signal that ended it, 0 when it ended by itself."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            with app.app_context():
                work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def die_before_statement(number: int) -> None:
    """Kill this process before so-many-th statement from now on."""
    left = [number]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "before_cursor_execute", count)


def die(*_: object) -> None:
    """Kill this process now."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_each_statement(app: Flask, work: Callable[[], None]) -> int:
    """Kill a process before its commit, then one before each statement, then let one end and die; returns how many died.

    `work` is one transaction: nothing of it may be there until the last.
    """

    def before_commit() -> None:
        event.listen(db.engine, "commit", die)
        work()

    assert in_child(app, before_commit), "it has something to commit"
    for number in itertools.count(1):

        def before_statement(number: int = number) -> None:
            die_before_statement(number)
            work()

        if not in_child(app, before_statement):
            return number
    raise AssertionError
