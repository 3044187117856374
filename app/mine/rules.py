"""How a person stands with a process: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.processes.models import Process
from app.processes.rules import Span, Stage, find_balloting


class State(StrEnum):
    """What there is to do or to know, the most pressing first."""

    BEGUN = "begun"
    OPEN = "open"
    NOT_ON_LIST = "not-on-the-list"
    ON_ANOTHER_LIST = "on-another-list"
    CHECK_WAITING = "check-waiting"
    TOO_YOUNG = "too-young"
    NOT_IN_SEGMENT = "not-in-the-segment"
    VOTED = "voted"
    COUNTING = "counting"
    RESULTS = "results"
    COMING = "coming"


NOW = (
    State.BEGUN,
    State.OPEN,
    State.NOT_ON_LIST,
    State.ON_ANOTHER_LIST,
    State.CHECK_WAITING,
    State.TOO_YOUNG,
    State.NOT_IN_SEGMENT,
)
TOOK_PART = (State.VOTED, State.COUNTING, State.RESULTS)
ORDER = list(State)


@dataclass(frozen=True)
class Did:
    """What a person has done: the day of each vote, and in which processes a ballot is begun."""

    voted: Mapping[int, date]
    begun: frozenset[int]


@dataclass(frozen=True)
class Line:
    """A process as it stands for one person."""

    process: Process
    state: State
    balloting: Span
    voted_on: date | None


def find_line(process: Process, stage: Stage, did: Did, refusal: str) -> Line | None:
    """How a person stands with a process; None when it is over without them. `refusal`: why they may not vote, or empty."""
    balloting = find_balloting(process.spans)
    if balloting is None or stage is Stage.DRAFT:
        return None
    voted_on = did.voted.get(process.id)
    state = _state(stage, voted_on is not None, process.id in did.begun, refusal)
    return Line(process, state, balloting, voted_on) if state else None


def in_order(lines: Sequence[Line], states: Sequence[State]) -> list[Line]:
    """The lines in one of these states: the most pressing first, then what ends soonest, results the newest first."""
    chosen = [line for line in lines if line.state in states]
    return sorted(chosen, key=lambda line: (ORDER.index(line.state), _soonest(line)))


def _soonest(line: Line) -> float:
    ends = line.balloting.ends_at.timestamp()
    return -ends if line.state is State.RESULTS else ends


def _state(stage: Stage, has_voted: bool, has_begun: bool, refusal: str) -> State | None:
    if stage is Stage.COMING:
        return State.COMING
    if has_voted:
        return {Stage.OPEN: State.VOTED, Stage.CLOSED: State.COUNTING}.get(stage, State.RESULTS)
    if stage is not Stage.OPEN:
        return None
    if refusal:
        return State(refusal)
    return State.BEGUN if has_begun else State.OPEN
