"""Use cases: look a table of streets over, put it in the place of the one before, say in which district an address lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import delete, insert, select

from app.core import audit, clock
from app.core.db import count_changed, db
from app.core.spelling import normalized
from app.districts.errors import ColumnsMissing, RowsRejected, TableGone, TooManyRows, WrongTable
from app.districts.models import StreetRange, StreetTable
from app.districts.rules import LONGEST, Range, Streets, find_crossing, read_range
from app.people import reach
from app.tables import reading, writing
from app.tables.errors import FILE_SENTENCES

MOST_ROWS = 20_000
KEPT = timedelta(days=1)
HEADS = {
    "street": ("street", "rue", "voie", "calle", "via", "nom de la voie", "nombre de la via"),
    "from": ("from", "de", "du", "desde", "numero debut", "first"),
    "to": ("to", "a", "au", "hasta", "numero fin", "last"),
    "side": ("side", "cote", "lado", "parite", "paridad"),
    "district": ("district", "quartier", "distrito", "barrio", "bureau de vote", "seccion"),
}


@dataclass(frozen=True)
class Reject:
    """A row that cannot be taken: its line, the names of its faults, or the earlier line that says otherwise."""

    line: int
    street: str
    faults: tuple[str, ...]
    clash: int = 0


@dataclass(frozen=True)
class Outlook:
    """What becomes of a file: the ranges it makes, its rejects, and what would change for the postal addresses of people.

    `effect` counts found, changed, lost, same and unknown.
    """

    ranges: tuple[Range, ...]
    rejects: tuple[Reject, ...]
    effect: Counter[str]


def receive(stream: BinaryIO) -> StreetTable:
    """Keep the rows of a file until an officer has looked at them. Raises: FileRefused, WrongTable."""
    table = reading.open_table(stream)
    try:
        places = _places(table.header)
        rows = [_row(line, cells, places) for line, cells in islice(table, MOST_ROWS + 1)]
    finally:
        table.release()
    if len(rows) > MOST_ROWS:
        raise TooManyRows(MOST_ROWS)
    if not rows:
        raise WrongTable(str(FILE_SENTENCES["empty"]))
    db.session.execute(delete(StreetTable).where(StreetTable.made_at < clock.now() - KEPT))
    made = StreetTable(rows=rows, made_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


def get_outlook(table_id: int) -> Outlook:
    """What would become of a file. Raises: TableGone."""
    found = db.session.get(StreetTable, table_id)
    if found is None:
        raise TableGone
    taken, rejects = [], []
    for row in found.rows:
        one, faults = read_range(row)
        if one is None:
            rejects.append(Reject(row["line"], row["street"], faults))
        else:
            taken.append((row["line"], one))
    clashes = find_crossing(taken)
    rejects += [Reject(line, one.street, ("clash",), clashes[line]) for line, one in taken if line in clashes]
    ranges = tuple(one for _, one in taken)
    return Outlook(ranges, tuple(sorted(rejects, key=lambda one: one.line)), _effect(ranges))


def apply(actor: str, table_id: int) -> None:
    """Put the table of a file in the place of the one in force, all rows or none. Raises: TableGone, RowsRejected."""
    outlook = get_outlook(table_id)
    if outlook.rejects:
        raise RowsRejected
    if not count_changed(delete(StreetTable).where(StreetTable.id == table_id)):
        raise TableGone
    before = count_changed(delete(StreetRange))
    db.session.execute(insert(StreetRange), [
        {"street": one.street, "first": one.first, "last": one.last, "side": one.side, "district": one.district}
        for one in outlook.ranges
    ])  # fmt: skip
    audit.record(actor, "districts.streets", "districts", rows=len(outlook.ranges), before=before)


def list_ranges() -> list[Range]:
    """The table in force, by street and number."""
    columns = (
        StreetRange.street, StreetRange.first, StreetRange.last, StreetRange.side, StreetRange.district,
    )  # fmt: skip
    found = [Range(*row) for row in db.session.execute(select(*columns))]
    return sorted(found, key=lambda one: (one.key, one.first, one.side))


def load_streets() -> Streets:
    """The table in force, to look addresses up in."""
    return Streets(list_ranges())


def find_district(address: str) -> str:
    """The district of an address; empty when the table does not tell."""
    return load_streets().find(address).district if address else ""


def count_unmatched() -> list[tuple[str, int]]:
    """Streets of people's postal addresses of which the table does not tell the district, with how often each comes."""
    streets = load_streets()
    places = (streets.find(address) for address in reach.list_postal())
    return sorted(Counter(place.street for place in places if not place.district).items())


def export_unmatched(streets: Iterable[str]) -> Iterator[bytes]:
    """Streets as a file, in the form of a table of streets: with their districts filled in it can be sent back."""
    return writing.write([tuple(HEADS), *((street, "", "", "", "") for street in streets if street)])


def export() -> Iterator[bytes]:
    """The table in force, as it can be changed and sent again."""
    rows = [(one.street, one.first, one.last, one.side, one.district) for one in list_ranges()]
    return writing.write([tuple(HEADS), *rows])


def _effect(ranges: Sequence[Range]) -> Counter[str]:
    before, after = load_streets(), Streets(ranges)
    effect: Counter[str] = Counter()
    for address in reach.list_postal():
        was, now = before.find(address).district, after.find(address).district
        if was == now:
            effect["same" if now else "unknown"] += 1
        else:
            effect["lost" if not now else "changed" if was else "found"] += 1
    return effect


def _places(header: Sequence[str]) -> dict[str, int]:
    plain = [normalized(name) for name in header]
    found = {
        name: plain.index(head) for name, heads in HEADS.items() for head in reversed(heads) if head in plain
    }
    if not {"street", "district"} <= found.keys():
        raise ColumnsMissing(header)
    return found


def _row(line: int, cells: Sequence[str], places: dict[str, int]) -> dict[str, Any]:
    said = {
        name: writing.read_cell(cells[at])[: 2 * LONGEST] if at < len(cells) else ""
        for name, at in places.items()
    }
    return {**said, "line": line}
