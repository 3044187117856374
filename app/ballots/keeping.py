"""What the worker does with confirmed ballots: carry shuffled batches into the box, compare, close, link the chain."""

from __future__ import annotations

import logging
import secrets

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import OperationalError

from app.ballots import published, queries, rules
from app.ballots.errors import BoxInUse, BoxUnreadable
from app.ballots.models import BoxBallot, Check, Draft, HopperBallot, KeptFile, Link, RollEntry
from app.ballots.rules import Counts
from app.ballots.service import hopper_keys
from app.census import matching, ticks
from app.core import clock, seal
from app.core.db import db
from app.core.packed import Packed
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.errors import NotReady
from app.processes.models import Process

log = logging.getLogger(__name__)
PATIENCE_MS = 100
"""How long closing waits for whoever reads the ballots: everyone who votes meanwhile in another process waits behind it."""
MOST_AT_ONCE = 5_000
"""Ballots carried in one statement; the rest goes with the next run, seconds later."""


def list_full_hoppers() -> list[int]:
    """Processes whose hopper holds two batches: one to carry, and one that stays behind."""
    return list(
        db.session.scalars(
            select(HopperBallot.process_id)
            .group_by(HopperBallot.process_id)
            .having(func.count() >= 2 * rules.BATCH)
        )
    )


def carry_batch(process_id: int) -> int:
    """Carry a batch out of a full hopper into the box, drawn by lot; returns how many.

    As many as a batch stay behind: whoever compares the box of two moments, or a root of the count chain with the final box,
    finds no group smaller than a batch, the last to vote included. Raises: BoxUnreadable.
    """
    waiting = list(db.session.scalars(select(HopperBallot.id).where(HopperBallot.process_id == process_id)))
    spare = len(waiting) - rules.BATCH
    if spare < rules.BATCH:
        return 0
    return _carry(process_id, secrets.SystemRandom().sample(waiting, min(spare, MOST_AT_ONCE)))


def empty_hopper(process_id: int) -> int:
    """Carry every ballot of the hopper, shuffled, into the box; returns how many. At the close only.

    Raises: BoxUnreadable when the site's keys do not open them; nothing is moved then.
    """
    return _carry(process_id)


def _carry(process_id: int, chosen: list[str] | None = None) -> int:
    which = delete(HopperBallot).where(HopperBallot.process_id == process_id)
    if chosen is not None:
        which = which.where(HopperBallot.id.in_(chosen))
    taken = db.session.scalars(which.returning(HopperBallot.sealed)).all()
    keys = hopper_keys(process_id)
    try:
        ballots = [rules.open_ballot(keys, sealed) for sealed in taken]
    except seal.Unreadable as wrong:
        raise BoxUnreadable(
            f"the hopper of process {process_id} was sealed with another ballot key"
        ) from wrong
    secrets.SystemRandom().shuffle(ballots)
    if ballots:
        rows = [
            {"process_id": process_id, "id": one.id, "choices": one.choices, "receipt_hash": one.receipt_hash}
            for one in ballots
        ]
        db.session.execute(insert(BoxBallot), rows)
    return len(ballots)


def list_unreadable() -> list[int]:
    """Processes with a ballot in the hopper that none of the site's keys opens; they can be neither carried on nor closed."""
    rows = db.session.execute(select(HopperBallot.process_id, HopperBallot.sealed))
    return sorted({number for number, sealed in rows.yield_per(1000) if not _is_readable(number, sealed)})


def _is_readable(process_id: int, sealed: bytes) -> bool:
    try:
        rules.open_ballot(hopper_keys(process_id), sealed)
    except seal.Unreadable:
        return False
    return True


def tick_off_voters(process_id: int) -> int:
    """Tick off who is on the roll of an open box and was not; returns how many.

    While a site is upgraded, votes are cast for a moment by the release before, which may know no ticks: each of its voters could
    vote once more with another account. Raises: KeysRenewed.
    """
    process = db.session.get_one(Process, process_id)
    processes.hold(process.slug)
    db.session.refresh(process)
    if process.box_closed_at is not None or not process.who_may_vote.asks_lists:
        return 0
    on_roll = select(RollEntry.person_id).where(RollEntry.process_id == process_id)
    found = [matching.hold_identity(person_id) for person_id in ticks.list_unticked(process_id, on_roll)]
    return sum(ticks.tick(process_id, known.list_id, known.identity_hash) for known in found if known)


def close_box(process: Process) -> Counts:
    """Close the box for good: everything in it, rewritten in the order of random ids, drafts and ticks gone, the final link made.

    Waits for ballots in flight. Closing twice does nothing more.

    Raises: NotReady while ballots are still taken, BoxUnreadable, BoxInUse.
    """
    processes.hold(process.slug, alone=True)
    db.session.refresh(process)
    if process.box_closed_at is not None:
        return queries.count(process.id)
    if process.published_at is None or processes.stage_of(process) in ("open", "coming", "draft"):
        raise NotReady
    empty_hopper(process.id)
    db.session.execute(delete(Draft).where(Draft.process_id == process.id))
    ticks.lift(process.id)
    rewrite()
    counts = compare(process.id)
    if not counts.agree:
        raise RuntimeError(
            f"process {process.id}: roll {counts.roll}, hopper {counts.hopper}, box {counts.box}"
        )
    add_link(process.id, is_final=True)
    keep_file(process.id, published.RECEIPTS, published.receipts(process.id))
    process_service.mark_box_closed(process)
    return counts


def keep_file(process_id: int, name: str, content: bytes) -> None:
    """Keep a file for everybody, in the place of the one before."""
    packed = Packed.of(content)
    db.session.merge(KeptFile(process_id=process_id, name=name, sha256=packed.sha256, packed=packed.content))
    db.session.flush()


def rewrite() -> None:
    """Write hopper and box anew in the order of random ids, into new files on PostgreSQL.

    Without it the transaction number that PostgreSQL keeps with each row would still tell which ballots came together. On SQLite
    the tables have no row numbers and lie in that order already. Raises: BoxInUse while a backup reads them.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    db.session.flush()
    run = db.session.execute
    run(text(f"SET LOCAL lock_timeout = '{PATIENCE_MS}ms'"))
    try:
        run(text("LOCK TABLE ballot_hopper, ballot_box IN ACCESS EXCLUSIVE MODE"))
    except OperationalError as error:
        raise BoxInUse from error
    for table in ("ballot_hopper", "ballot_box"):
        run(text(f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM {table}"))  # noqa: S608
        run(text(f"TRUNCATE {table}"))
        run(text(f"INSERT INTO {table} SELECT * FROM kept ORDER BY process_id, id"))  # noqa: S608
        run(text("DROP TABLE kept"))


def compare(process_id: int) -> Counts:
    """Compare roll, hopper and box, keep the result for everyone to see, and raise the alarm in the log if they disagree."""
    counts = queries.count(process_id)
    seen = queries.find_check(process_id)
    if seen is None:
        db.session.add(
            Check(
                process_id=process_id, at=clock.now(), roll=counts.roll, hopper=counts.hopper, box=counts.box
            )
        )
    else:
        seen.at, seen.roll, seen.hopper, seen.box = clock.now(), counts.roll, counts.hopper, counts.box
    db.session.flush()
    if not counts.agree:
        log.error(
            "ballots of process %d: roll %d, hopper %d, box %d",
            process_id,
            counts.roll,
            counts.hopper,
            counts.box,
        )
    return counts


def add_link(process_id: int, *, is_final: bool = False) -> Link:
    """Add a signed statement of the counts and of the box's hash tree to the chain."""
    counts = queries.count(process_id)
    last = queries.find_last_link(process_id)
    link = Link(
        process_id=process_id,
        number=last.number + 1 if last else 1,
        at=clock.now().replace(microsecond=0),
        roll=counts.roll,
        hopper=counts.hopper,
        box=counts.box,
        root=rules.box_root(queries.iter_box(process_id)),
        previous=last.statement.digest if last else "",
        is_final=is_final,
    )
    link.signature = rules.sign(seal.site_secret(), link.statement)
    db.session.add(link)
    db.session.flush()
    keep_file(process_id, published.CHAIN, published.chain(process_id))
    return link


def is_box_as_linked(process_id: int) -> bool:
    """Whether the closed box still is what the final link states, and the chain is whole (guarantees F28)."""
    links = queries.list_links(process_id)
    public = rules.public_key(seal.site_secret())
    previous = ""
    for link in links:
        if link.previous != previous or not rules.is_signed(public, link.statement, link.signature):
            return False
        previous = link.statement.digest
    return (
        not links or not links[-1].is_final or links[-1].root == rules.box_root(queries.iter_box(process_id))
    )
