"""The worker's way through checks that wait for the register: ask outside any transaction, then settle and tell."""

from __future__ import annotations

import logging
import time

from flask import current_app

from app.census import matching
from app.census.errors import HasVoted, ImportRunning, KeysRenewed
from app.core import clock
from app.core.db import db
from app.people import service as people
from app.registers import service as registers
from app.registers.adapter import Register
from app.registers.errors import Unavailable
from app.registers.rules import GIVES_UP, Breaker, Registered
from app.registers.service import Due
from app.verification import mails, service

MOST = 5
"""Checks of one run: even a register that lets each wait to the end does not make the worker's watchdog bark."""
log = logging.getLogger(__name__)
breaker = Breaker()


def settle_waiting() -> int:
    """Ask the register about the checks whose time has come; returns how many were settled. Each is a transaction."""
    if not registers.is_on() or not breaker.may_ask(time.monotonic()):
        return 0
    due = registers.list_due(MOST)
    db.session.commit()
    register, settled = Register.of(current_app.config["CIVIC"]), 0
    for one in due:
        try:
            found = register.find(one.who)
            settle(one, found)
            settled += 1
        except (KeysRenewed, ImportRunning):
            db.session.rollback()
            registers.postpone(one)
        except Unavailable as why:
            db.session.rollback()
            log.warning("the register of the census did not answer: %s", why)
            breaker.note(time.monotonic(), answered=False)
            _wait_on(one)
        except Exception:
            db.session.rollback()
            log.exception("a check that waits could not be settled")
            registers.postpone(one)  # or it would hold up all that come after it
        else:
            breaker.note(time.monotonic(), answered=True)
        db.session.commit()
        if not breaker.may_ask(time.monotonic()):
            break
    return settled


def settle(due: Due, found: list[Registered]) -> None:
    """What the register said becomes a match, or a check that found nobody; a letter tells. Two people are nobody.

    Raises: Unavailable, KeysRenewed, ImportRunning.
    """
    standing = service.find_standing(due.person_id)
    if not registers.drop(due) or (standing and due.who.list_id in (0, standing.list_id)):
        return
    try:
        is_found = len(found) == 1 and matching.match(
            due.person_id, registers.enter(found[0], due.who), 2, "self"
        )
    except HasVoted:  # as another person of a list: it stays that one until the count
        is_found = False
    if is_found:
        people.note_activity(due.person_id, "verified")
    else:
        service.note_failed(due.person_id)
    mails.settled(due.person_id, "found" if is_found else "not-found", due.made_at)


def _wait_on(due: Due) -> None:
    if clock.now() - due.made_at < GIVES_UP:
        registers.postpone(due)
    elif registers.drop(due):
        mails.settled(due.person_id, "no-answer", due.made_at)
