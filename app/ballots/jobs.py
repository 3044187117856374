"""The worker's part in ballots: batches into the box, counts and ticks every minute, the count chain every ten."""

from __future__ import annotations

from app.ballots import keeping, queries
from app.census.errors import KeysRenewed
from app.core.db import db
from app.core.worker import Job
from app.processes import queries as processes


def carry_batches() -> None:
    """Carry batches from the full hoppers into the boxes."""
    for process_id in keeping.list_full_hoppers():
        keeping.carry_batch(process_id)
        db.session.commit()


def compare_counts() -> None:
    """Compare roll, hopper and box of every process whose box is open."""
    for process_id in processes.list_box_open():
        keeping.compare(process_id)
        db.session.commit()


def tick_off_voters() -> None:
    """Tick off those who voted by a release that did not; while the lists get other keys, a little later."""
    for process_id in processes.list_box_open():
        try:
            keeping.tick_off_voters(process_id)
        except KeysRenewed:
            db.session.rollback()
            continue
        db.session.commit()


def link_chains() -> None:
    """Add a link where the counts have changed since the last one."""
    for process_id in processes.list_box_open():
        last, counts = queries.find_last_link(process_id), queries.count(process_id)
        if last is None or (last.roll, last.hopper, last.box) != (counts.roll, counts.hopper, counts.box):
            keeping.add_link(process_id)
        db.session.commit()


JOBS = (
    Job("carry ballots into the box", 10.0, carry_batches),
    Job("compare roll, hopper and box", 60.0, compare_counts),
    Job("tick off who voted by an older release", 60.0, tick_off_voters),
    Job("link the count chain", 600.0, link_chains),
)
