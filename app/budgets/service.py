"""Use cases of voters and officers: keep a ballot begun, cast it, choose the rule, withdraw a project, count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext

from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.ballots import keeping
from app.ballots import queries as ballot_queries
from app.ballots import service as ballots
from app.ballots.service import Confirmation
from app.budgets import mails, queries, results, rules
from app.budgets.errors import BoxChanged, HasBallots, NotCounted, NotEntitled, RuleUnusable
from app.budgets.models import Budget, Project
from app.budgets.queries import Poll
from app.budgets.rules import BallotKind, Choices
from app.core import audit
from app.core.db import db
from app.core.errors import NotAllowed
from app.people import queries as people_queries
from app.people import service as people
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.errors import BoxClosed
from app.processes.models import Process
from app.processes.rules import Span, Stage, Who, find_balloting
from app.segments import eligibility
from app.segments.eligibility import Lack


def keep_choices(poll: Poll, person_id: int, choices: Choices, key: bytes) -> None:
    """Keep a ballot begun; it may break limits still, but names only projects of this budget.

    Nothing is kept once the time is over: the close has deleted all drafts, and nobody would delete later ones.
    """
    if not processes.takes_ballots(poll.process):
        return
    known = [one for one in choices.projects if one in poll.candidates]
    if not known:  # whoever took everything back has begun nothing
        ballots.drop_draft(poll.process.id, person_id)
        return
    points = None if choices.points is None else tuple(choices.points_of(one) for one in known)
    if ballots.keep_draft(poll.process.id, person_id, Choices(tuple(known), points).as_text(), key):
        people.note_activity(person_id, "began", poll.process.id)


def find_choices(poll: Poll, person_id: int, key: bytes | None) -> Choices | None:
    """The ballot begun in this browser, None for whoever has voted; projects that are gone by now are left out."""
    has_voted, draft = ballots.find_draft(poll.process.id, person_id, key)
    if has_voted:
        return None
    kept = rules.choices_from_text(draft)
    still = [one for one in kept.projects if one in poll.candidates and poll.candidates[one].is_eligible]
    points = None if kept.points is None else tuple(kept.points_of(one) for one in still)
    return Choices(tuple(still), points)


def cast(slug: str, person_id: int, read: Callable[[BallotKind], Choices], key: bytes) -> Confirmation:
    """Cast a ballot for good and send "your vote is recorded". Whoever is on the roll gets the same confirmation again.

    `read` gives the choices of the form once the kind of ballot is known.

    Raises: NotFound, VotingNotOpen, VotingClosed, VotedAlready, BallotFault, NotEntitled.
    """
    process, is_new = ballots.enter_roll(slug, person_id)
    if not is_new:
        known = ballots.find_confirmation(process.id, person_id, key)
        if known is not None:
            return known
        raise NotAllowed
    address = check_entitled(process, person_id)
    poll = queries.load(process)
    choices = read(poll.limits.kind)
    rules.check(choices, poll.limits, poll.candidates)
    made = ballots.cast(process, person_id, rules.box_text(choices, poll.limits.kind, poll.candidates), key)
    people.note_activity(person_id, "voted", process.id)
    mails.vote_recorded(process, person_id, address, made.reference)
    return made


def check_entitled(process: Process, person_id: int) -> str:
    """The address of a person who may vote today. Raises: NotEntitled, with the rule."""
    point, who = people.find_email(person_id), process.may_vote
    if point is None or point.confirmed_at is None:
        raise NotEntitled(Lack("address"))
    lack = eligibility.find_lack(person_id, who)
    if lack:
        raise NotEntitled(lack, who.least_age)
    return point.address


def set_who(actor: str, process: Process, who: Who) -> None:
    """Say who may vote; once somebody has voted it stays. Of the census one list decides: the one named, or the only one.

    Raises: HasBallots, NoSuchSegment, UnfitRule; what app.processes refuses.
    """
    by_list = who.on_list or (who.segment is not None and eligibility.asks_lists(who.segment))
    who = process_service.with_list(who, by_list=by_list)
    if who != process.may_vote and _has_ballots(process):
        raise HasBallots(
            gettext("Ballots are cast already. Who may vote stays as residents have read it."), "who"
        )
    if who.segment and who != process.may_vote:
        eligibility.check_fit(who.segment)
    process_service.set_who(actor, process, who, by_list=by_list)


def choose_rule(actor: str, poll: Poll, rule: str) -> None:
    """Set the counting rule; once voting has begun, or somebody has voted, only where none is set yet.

    Raises: RuleUnusable, BoxClosed.
    """
    if poll.process.box_closed_at is not None:
        raise BoxClosed
    has_begun = processes.stage_of(poll.process) in (Stage.OPEN, Stage.CLOSED)
    if poll.budget.rule not in ("", rule) and (has_begun or _has_ballots(poll.process)):
        raise RuleUnusable(gettext("Voting has begun with another rule. It stays as residents have read it."))
    results.check_rule(poll, rule)
    before, poll.budget.rule = poll.budget.rule, rule
    poll.budget.revision = Budget.revision + 1
    db.session.flush()
    audit.record(actor, "budget.rule", f"process:{poll.process.id}", before=before, after=rule)


def withdraw(actor: str, poll: Poll, project: Project, *, is_withdrawn: bool = True) -> None:
    """Take a project out of the vote, or bring it back; ballots in flight are let through first."""
    processes.hold(poll.process.slug, alone=True)
    project.is_withdrawn = is_withdrawn
    poll.budget.revision = Budget.revision + 1
    db.session.flush()
    audit.record(actor, "project.withdraw", f"project:{project.id}", withdrawn=is_withdrawn)


def count_closed() -> int:
    """Count every closed box that is not counted yet; returns how many. Each that is counted has its file."""
    counted = 0
    for process_id in queries.list_uncounted():
        results.count_box(queries.load(db.session.get_one(Process, process_id)))
        audit.record("worker", "budget.count", f"process:{process_id}")
        counted += 1
    for process_id in ballot_queries.list_without_file(results.EXPORT, queries.list_counted()):
        results.keep_export(queries.load(db.session.get_one(Process, process_id)))
    return counted


def remind(process: Process) -> int:
    """Write to those who began a ballot and did not confirm it; each once. Returns to how many.

    While that letter is switched off nobody is, and nobody counts as reminded.
    """
    if not automatic_letters.is_on(Kind.BALLOT_BEGUN):
        return 0
    waiting = ballot_queries.list_unreminded(process.id)
    for person_id in waiting:
        mails.reminder(process, person_id)
        ballots.mark_reminded(process.id, person_id)
    return len(waiting)


def set_dates(actor: str, process: Process, starts_at: datetime, ends_at: datetime) -> None:
    """Set the interval in which ballots are taken; who began or voted already is told by letter (guarantees F22).

    Raises: HasBallots for a later beginning, WrongDates, BoxClosed.
    """
    before = find_balloting(process.spans)
    if before is not None and starts_at > before.starts_at and _has_ballots(process):
        raise HasBallots(
            gettext("Ballots are cast already: the first day of voting cannot become a later one."), "begins"
        )
    process_service.set_dates(actor, process, starts_at, ends_at)
    _tell_if_moved(process, before)


def close_now(actor: str, process: Process) -> None:
    """Take no ballot from this instant on; who began or voted is told. Raises: NotReady, BoxClosed."""
    before = find_balloting(process.spans)
    process_service.close_now(actor, process)
    _tell_if_moved(process, before)


def _has_ballots(process: Process) -> bool:
    """Whether somebody has voted. Ballots in flight are let through first, and none comes before the transaction ends."""
    processes.hold(process.slug, alone=True)
    return ballot_queries.has_anybody_voted(process.id)


def _tell_if_moved(process: Process, before: Span | None) -> None:
    if process.published_at is not None and find_balloting(process.spans) != before:
        mails.dates_moved(process, people_queries.list_writable(process.id))


def publish_results(actor: str, process: Process) -> None:
    """Show the results to everyone, if the box still is the one that was closed (guarantees F28).

    Raises: NotReady while the box stands open, NotCounted, BoxChanged.
    """
    if process.box_closed_at is not None:
        if not queries.list_results(process.id):
            raise NotCounted
        if not keeping.is_box_as_linked(process.id):
            raise BoxChanged
    process_service.publish_results(actor, process)
