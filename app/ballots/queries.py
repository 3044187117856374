"""Reads: who has voted, whether a receipt is there, how the counts stand, what the closed box holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from app.ballots.models import BoxBallot, Check, Draft, HopperBallot, KeptFile, Link, RollEntry
from app.ballots.rules import Ballot, Counts, hopper_id, receipt_hash
from app.core.db import ask, db
from app.core.packed import Packed

# Put together once, of the tables' own columns: every vote asks these, and SQLAlchemy needs longer to build a statement, and to
# look for objects in the answer, than PostgreSQL to answer it.
_ROLL, _DRAFTS, _HOPPER, _BOX = (model.__table__.c for model in (RollEntry, Draft, HopperBallot, BoxBallot))
ON_ROLL = select(_ROLL.person_id).where(
    _ROLL.process_id == bindparam("process"), _ROLL.person_id == bindparam("person")
)
_ANYBODY = select(_ROLL.person_id).where(_ROLL.process_id == bindparam("process")).limit(1)
_DRAFT = select(_DRAFTS.sealed).where(
    _DRAFTS.process_id == bindparam("process"), _DRAFTS.person_id == bindparam("person")
)
_BALLOT = or_(
    select(_HOPPER.id)
    .where(_HOPPER.process_id == bindparam("process"), _HOPPER.id == bindparam("hopper_id"))
    .exists(),
    select(_BOX.id)
    .where(_BOX.process_id == bindparam("process"), _BOX.receipt_hash == bindparam("receipt"))
    .exists(),
)
_HAS_BALLOT = select(_BALLOT)
_VOTE = select(ON_ROLL.exists(), _BALLOT)
_BEGUN = select(ON_ROLL.exists(), _DRAFT.scalar_subquery())


def has_voted(process_id: int, person_id: int) -> bool:
    """Whether the person is on the roll."""
    return ask(ON_ROLL, {"process": process_id, "person": person_id}).first() is not None


def has_anybody_voted(process_id: int) -> bool:
    """Whether somebody is on the roll."""
    return ask(_ANYBODY, {"process": process_id}).first() is not None


def has_ballot(process_id: int, code: str) -> bool:
    """Whether the ballot of this receipt is in the hopper or in the box."""
    return bool(ask(_HAS_BALLOT, _traces(process_id, code)).scalar())


def find_vote(process_id: int, person_id: int, code: str) -> tuple[bool, bool]:
    """Whether the person is on the roll, and whether the ballot of this receipt is in the hopper or in the box."""
    has_voted, has_ballot = ask(_VOTE, _traces(process_id, code) | {"person": person_id}).one()
    return bool(has_voted), bool(has_ballot)


def find_begun(process_id: int, person_id: int) -> tuple[bool, bytes | None]:
    """Whether the person is on the roll, and the ballot that the person has begun, sealed."""
    has_voted, sealed = ask(_BEGUN, {"process": process_id, "person": person_id}).one()
    return bool(has_voted), sealed


def _traces(process_id: int, code: str) -> dict[str, int | str]:
    return {"process": process_id, "hopper_id": hopper_id(code), "receipt": receipt_hash(code)}


def list_voted(person_id: int, among: Sequence[int]) -> dict[int, date]:
    """The processes among these in which the person has voted, with the day."""
    mine = select(_ROLL.process_id, _ROLL.voted_on)
    mine = mine.where(_ROLL.process_id.in_(among), _ROLL.person_id == person_id)
    return {process_id: day for process_id, day in ask(mine)}


def list_begun(person_id: int, among: Sequence[int]) -> list[int]:
    """The processes among these in which the person has begun a ballot and not confirmed it."""
    mine = select(_DRAFTS.process_id).where(_DRAFTS.process_id.in_(among), _DRAFTS.person_id == person_id)
    return [process_id for (process_id,) in ask(mine)]


def list_unreminded(process_id: int) -> list[int]:
    """People who began a ballot, did not confirm it and were not reminded: 1,000 of them at most."""
    return list(
        db.session.scalars(
            select(Draft.person_id)
            .where(Draft.process_id == process_id, Draft.is_reminded.is_(False))
            .limit(1000)
        )
    )


def count(process_id: int) -> Counts:
    """Roll (online), hopper and box in one statement, hence of one moment."""

    def rows(column: ColumnElement[int], *where: ColumnElement[bool]) -> ColumnElement[int]:
        return select(func.count()).where(column == process_id, *where).scalar_subquery()

    roll, hopper, box = db.session.execute(
        select(
            rows(RollEntry.process_id.expression, RollEntry.channel == "online"),
            rows(HopperBallot.process_id.expression),
            rows(BoxBallot.process_id.expression),
        )
    ).one()
    return Counts(roll, hopper, box)


def find_check(process_id: int) -> Check | None:
    """The latest comparison."""
    return db.session.get(Check, process_id)


def find_last_link(process_id: int) -> Link | None:
    """The end of the count chain."""
    return db.session.scalar(
        select(Link).where(Link.process_id == process_id).order_by(Link.number.desc()).limit(1)
    )


def list_links(process_id: int) -> list[Link]:
    """The whole count chain, from its beginning."""
    return list(db.session.scalars(select(Link).where(Link.process_id == process_id).order_by(Link.number)))


def find_file(process_id: int, name: str) -> Packed | None:
    """A file of the closed box, if it was kept."""
    kept = db.session.get(KeptFile, (process_id, name))
    return Packed(kept.packed, kept.sha256) if kept else None


def list_without_file(name: str, among: Sequence[int]) -> list[int]:
    """Those of these processes of which no such file is kept."""
    kept = select(KeptFile.process_id).where(KeptFile.name == name, KeptFile.process_id.in_(among))
    return sorted(set(among) - set(db.session.scalars(kept)))


def iter_box(process_id: int) -> Iterator[Ballot]:
    """Every ballot of the box in the order of the random ids."""
    rows = db.session.execute(
        select(BoxBallot.id, BoxBallot.choices, BoxBallot.receipt_hash)
        .where(BoxBallot.process_id == process_id)
        .order_by(BoxBallot.id)
        .execution_options(yield_per=5000)
    )
    return (Ballot(*row) for row in rows)


def list_receipts(process_id: int) -> list[str]:
    """The hashes of all receipts, sorted: an order that says nothing."""
    return list(
        db.session.scalars(
            select(BoxBallot.receipt_hash)
            .where(BoxBallot.process_id == process_id)
            .order_by(BoxBallot.receipt_hash)
        )
    )


def count_by_day(process_id: int) -> list[tuple[date, int]]:
    """How many people voted on each day."""
    rows = db.session.execute(
        select(RollEntry.voted_on, func.count())
        .where(RollEntry.process_id == process_id)
        .group_by(RollEntry.voted_on)
        .order_by(RollEntry.voted_on)
    )
    return [(day, number) for day, number in rows]
