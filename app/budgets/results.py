"""From the closed box to an election as data, its .pb file, and the results of one or several rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from app.ballots import keeping
from app.ballots import queries as ballots
from app.budgets import queries
from app.budgets.errors import RuleUnusable
from app.budgets.models import Project, Result
from app.budgets.queries import Poll
from app.budgets.rules import from_box_text
from app.core.db import db
from app.core.packed import Packed
from app.counting import pabulib
from app.counting.election import WITHDRAWN_COST, Ballot, Election, VoteType
from app.counting.election import Project as FiledProject
from app.counting.errors import CountingError
from app.counting.outcome import Outcome
from app.counting.rules import RULES, count, find_rule

EXPORT = "box.pb"
BESIDE = ("greedy", "equalshares")
"""Rules shown beside the official one, where they can be applied; growing shares take too long on a large budget."""


@dataclass(frozen=True)
class Row:
    """What became of one project: its votes and score, whether and why, and what each of its voters' votes paid for."""

    project: Project
    votes: int
    score: str
    reason: str
    is_funded: bool
    cents_a_vote: int | None


def known_rule(election: Election) -> str:
    """The rule that the file names, or "" when the officer has to choose one."""
    try:
        rule = find_rule(election)
        count(replace(election, ballots=()), rule)
    except CountingError:
        return ""
    return rule


def check_rule(poll: Poll, rule: str) -> None:
    """Raises: RuleUnusable unless the rule can count this budget's ballots."""
    try:
        count(election_of(poll, with_ballots=False), rule)
    except CountingError as wrong:
        raise RuleUnusable(str(wrong)) from wrong


def election_of(poll: Poll, *, with_ballots: bool = True) -> Election:
    """The budget and its box as an election; voters are numbered in the order of the box's random ids."""
    kept = ballots.iter_box(poll.process.id) if with_ballots else iter(())
    return Election(
        budget=Fraction(poll.budget.total_cents, 100),
        vote_type=VoteType(poll.budget.vote_type),
        projects=tuple(_filed(project) for project in poll.projects if project.feasibility == "feasible"),
        ballots=tuple(_ballot(number, one.choices) for number, one in enumerate(kept, start=1)),
        meta=_meta(poll),
    )


def export_of(poll: Poll) -> Packed:
    """The closed box as a .pb file, as it was counted; `civic count` makes the same result of it."""
    return ballots.find_file(poll.process.id, EXPORT) or Packed.of(_written(election_of(poll)))


def keep_export(poll: Poll) -> None:
    """Keep that file of a box that an older release counted."""
    keeping.keep_file(poll.process.id, EXPORT, _written(election_of(poll)))


def _written(election: Election) -> bytes:
    stream = BytesIO()
    pabulib.write(election, stream)
    return stream.getvalue()


def count_box(poll: Poll) -> None:
    """Count the closed box by the official rule, and by others to be shown beside it; results and file are kept."""
    election = election_of(poll)
    keeping.keep_file(poll.process.id, EXPORT, _written(election))
    official = poll.budget.rule or "greedy"
    for rule in dict.fromkeys((official, *BESIDE)):
        if rule not in RULES:
            continue
        try:
            outcome = count(election, rule)
        except CountingError:
            if rule == official:
                raise
            continue
        db.session.add(
            Result(
                process_id=poll.process.id,
                rule=rule,
                is_official=rule == official,
                outcome=to_stored(outcome),
            )
        )
    db.session.flush()


def to_stored(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON; amounts as exact text ("1200", "1/3")."""
    return {
        "funded": list(outcome.funded),
        "spent": str(outcome.spent),
        "ties": [list(group) for group in outcome.ties],
        "voters": outcome.voters,
        "served": outcome.served,
        "voter_share": None if outcome.voter_share is None else str(outcome.voter_share),
        "steps": [
            {
                "ref": step.project_id,
                "votes": step.votes,
                "score": str(step.score),
                "reason": step.reason.value,
                "is_funded": step.is_funded,
            }
            for step in outcome.steps
        ],
    }


def rows_of(poll: Poll, result: Result) -> list[Row]:
    """What became of each project, in the order in which the rule considered them."""
    by_ref = {project.ref: project for project in poll.projects}
    return [_row(by_ref[step["ref"]], step) for step in result.outcome["steps"] if step["ref"] in by_ref]


def spent_cents(result: Result) -> int:
    """What the funded projects cost together."""
    return int(Fraction(result.outcome["spent"]) * 100)


def served_percent(result: Result) -> int | None:
    """The share of ballots that name at least one funded project, in whole percent; None without ballots."""
    voters = int(result.outcome["voters"])
    return int(Fraction(result.outcome["served"], voters) * 100) if voters else None


def load_results(poll: Poll) -> list[Result]:
    """The kept results, the official one first."""
    return queries.list_results(poll.process.id)


def _row(project: Project, step: dict[str, Any]) -> Row:
    paid = project.cost_cents // step["votes"] if step["is_funded"] and step["votes"] else None
    return Row(project, step["votes"], step["score"], step["reason"], step["is_funded"], paid)


def _filed(project: Project) -> FiledProject:
    lang = current_app.config["CIVIC"].languages[0]

    def said(texts: dict[str, str]) -> str:
        return texts.get(lang) or next(iter(texts.values()), "")

    extra = {name: cell for name, cell in project.extra.items() if name != "excludes"}
    return FiledProject(
        id=project.ref,
        cost=Fraction(WITHDRAWN_COST) if project.is_withdrawn else Fraction(project.cost_cents, 100),
        name=said(project.title),
        category=said(project.category),
        district=said(project.district),
        excludes=tuple(part for part in project.extra.get("excludes", "").split(",") if part),
        extra=extra,
    )


def _ballot(number: int, text: str) -> Ballot:
    choices, points = from_box_text(text)
    return Ballot(str(number), choices, points)


def _meta(poll: Poll) -> dict[str, str]:
    zone = ZoneInfo(current_app.config["CIVIC"].time_zone)
    meta = dict(poll.budget.meta) | {"currency": poll.process.currency}
    if poll.budget.rule:
        meta["rule"] = poll.budget.rule
    for phase in poll.process.phases:
        if phase.kind == "balloting":
            meta["date_begin"] = phase.starts_at.astimezone(zone).strftime("%d.%m.%Y")
            meta["date_end"] = phase.ends_at.astimezone(zone).strftime("%d.%m.%Y")
    return meta
