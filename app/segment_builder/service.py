"""Use cases of officers: save a rule as a segment or as its next version, make a file of the people in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from app.core import audit, clock
from app.core.db import db
from app.segments import queries, rules
from app.segments.errors import SegmentChanged, TooFew, TooManyRows, WrongSegment
from app.segments.models import Segment, SegmentExport, SegmentVersion
from app.segments.queries import Described
from app.segments.rules import Rule

LONGEST_NAME = 80
LONGEST_PURPOSE = 500


def create(actor: str, name: str, purpose: str, rule: Rule) -> Described:
    """Save a rule under a name. Raises: WrongSegment, with a sentence for each field."""
    faults = _purpose_faults(purpose)
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.strip().isprintable():
        faults["name"] = gettext("Give the segment a name of at most %(most)s letters.", most=LONGEST_NAME)
    elif queries.find_segment(name):
        faults["name"] = gettext("A segment has this name already.")
    if faults:
        raise WrongSegment(fields=faults)
    segment = Segment(name=name.strip(), created_at=clock.now())
    try:
        with db.session.begin_nested():
            db.session.add(segment)
    except IntegrityError as taken:
        raise WrongSegment(fields={"name": gettext("A segment has this name already.")}) from taken
    return _add_version(actor, segment, 1, purpose, rule)


def change(actor: str, described: Described, purpose: str, rule: Rule) -> Described:
    """Save another rule as the segment's next version; `described` is the one that it was made from.

    The same rule for the same purpose is no new version. Raises: WrongSegment, SegmentChanged.
    """
    faults = _purpose_faults(purpose)
    if faults:
        raise WrongSegment(fields=faults)
    latest = queries.get_described(described.segment.id)
    if latest.version.number != described.version.number:
        raise SegmentChanged
    if (latest.rule, latest.version.purpose) == (rule, purpose.strip()):
        return latest
    return _add_version(actor, described.segment, described.version.number + 1, purpose, rule)


def export(actor: str, described: Described, purpose: str, most: int | None = None) -> Iterator[Row[Any]]:
    """Note that a file is made of this version, and for what; returns its people, to be read after the commit.

    `most`: so many fit into the file. Raises: WrongSegment without a purpose, TooFew, TooManyRows.
    """
    faults = _purpose_faults(purpose)
    if faults:
        raise WrongSegment(fields=faults)
    rule = described.rule
    number = queries.count(rule)
    if number < rules.FLOOR:
        raise TooFew(rules.FLOOR)
    if most is not None and number > most:
        raise TooManyRows(most)
    note_file(actor, described, purpose, number)
    return queries.iter_people(rule)


def note_file(actor: str, described: Described, purpose: str, number: int) -> None:
    """Note that a file of so many people of this version is made, and what for; whoever makes it has checked the floor."""
    version = described.version
    made = SegmentExport(
        segment_id=version.segment_id,
        version=version.number,
        purpose=purpose.strip(),
        people=number,
        made_by=actor,
        made_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    audit.record(
        actor,
        "segment.export",
        f"segment:{version.segment_id}",
        version=version.number,
        export=made.id,
        people=number,
    )


def retire(actor: str, segment: Segment, *, is_retired: bool = True) -> None:
    """Offer a segment no longer, or again; its versions and files stay, and so does a vote that holds on to a version."""
    if (segment.retired_at is not None) is not is_retired:
        segment.retired_at = clock.now() if is_retired else None
        db.session.flush()
        audit.record(actor, "segment.retire", f"segment:{segment.id}", retired=is_retired)


def _add_version(actor: str, segment: Segment, number: int, purpose: str, rule: Rule) -> Described:
    version = SegmentVersion(
        segment_id=segment.id,
        number=number,
        rule=rules.to_json(rule),
        purpose=purpose.strip(),
        made_by=actor,
        made_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(version)
    except IntegrityError as raced:
        raise SegmentChanged from raced
    audit.record(actor, "segment.save", f"segment:{segment.id}", version=number)
    return Described(segment, version)


def _purpose_faults(purpose: str) -> dict[str, str]:
    if 0 < len(purpose.strip()) <= LONGEST_PURPOSE:
        return {}
    return {
        "purpose": gettext(
            "Say in a sentence what it is for, in at most %(most)s letters.", most=LONGEST_PURPOSE
        )
    }
