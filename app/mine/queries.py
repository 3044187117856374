"""Reads: every published process as it stands for one person, and what of theirs waits for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

from app.ballots import queries as ballots
from app.core import clock
from app.mine.rules import NOW, TOOK_PART, Did, Line, State, find_line, in_order
from app.processes import queries as processes
from app.processes.rules import Who
from app.segments import eligibility
from app.verification import queries as requests
from app.verification import service as verification
from app.verification.models import CorrectionRequest

ANSWER_SHOWN = timedelta(days=30)
"""For so long the page says that an answer has come."""


@dataclass(frozen=True)
class Mine:
    """One person's processes: what can be done now, what they took part in, what is coming; and their request about the list."""

    now: list[Line]
    took_part: list[Line]
    coming: list[Line]
    request: CorrectionRequest | None


def read(person_id: int) -> Mine:
    """How everything stands for a person at this moment."""
    every = processes.list_processes(published=True)
    ids = [process.id for process in every]
    did = Did(ballots.list_voted(person_id, ids), frozenset(ballots.list_begun(person_id, ids)))
    refusal_from = cache(partial(_refusal, person_id))
    found = []
    for process in every:
        refusal = refusal_from(process.may_vote) if processes.takes_ballots(process) else ""
        found.append(find_line(process, processes.stage_of(process), did, refusal))
    lines = [line for line in found if line is not None]
    now, took_part, coming = (in_order(lines, states) for states in (NOW, TOOK_PART, (State.COMING,)))
    return Mine(now, took_part, coming, _find_request(person_id))


def _refusal(person_id: int, who: Who) -> str:
    """Why they may not take part; whom the lists do not know yet can do something about it, whatever else is asked."""
    lack = eligibility.find_lack(person_id, who)
    if lack is None:
        return ""
    unknown = verification.refusal_of(person_id, 0, who.list_id) if lack.may_check and who.segment else ""
    return unknown or lack.code


def _find_request(person_id: int) -> CorrectionRequest | None:
    last = requests.find_request(person_id)
    is_past = last is not None and last.answered_at and last.answered_at < clock.now() - ANSWER_SHOWN
    return None if is_past else last
