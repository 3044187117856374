"""An officer's file of people with their addresses: read once, matched with the entries of a list, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from app.census import matching
from app.census.keys import Keys
from app.census.models import CensusList
from app.census_imports import presets, rules
from app.census_imports.presets import NEEDED, Field
from app.core import clock
from app.core.spelling import normalized
from app.paper_codes.errors import NoAddresses, NobodyToWrite, TooManyLetters, WrongFile
from app.paper_codes.rules import MOST_LETTERS, fits_window
from app.tables import reading
from app.tables.reading import Table

_STREET = ("address", "adresse", "direccion", "domicilio")
_POSTCODE = ("postcode", "postal code", "code postal", "codigo postal", "cp")
_TOWN = ("town", "city", "ville", "commune", "municipio", "localidad", "poblacion")


@dataclass(frozen=True)
class Recipient:
    """Who gets a letter: the entry's hash, and the lines in the window."""

    identity_hash: bytes
    lines: tuple[str, ...]


def read_people(target: CensusList, stream: BinaryIO, *, only_unknown: bool) -> list[Recipient]:
    """Everybody in the file; of `only_unknown` those whom no account is yet.

    Raises: FileRefused, ColumnsMissing, NoAddresses, TooManyLetters, WrongFile, NobodyToWrite.
    """
    table = reading.open_table(stream)
    try:
        people, wrong = _read(target, table)
    finally:
        table.release()
    hashes = [one.identity_hash for one in people.values()]
    on_list = matching.list_standing(target.id, hashes, clock.today())
    wrong += [line for line, one in people.items() if one.identity_hash not in on_list]
    if wrong:
        raise WrongFile(sorted(wrong))
    known = matching.list_matched(target.id) if only_unknown else set()
    chosen = {one.identity_hash: one for one in people.values() if one.identity_hash not in known}
    if not chosen:
        raise NobodyToWrite
    return list(chosen.values())


def _read(target: CensusList, table: Table) -> tuple[dict[int, Recipient], list[int]]:
    _, columns = presets.recognize(table.header, target.identity)
    presets.check_columns(table.header, columns, NEEDED[target.identity])
    places = _places(table.header)
    how = rules.Reading(columns, len(table.header), target.country, target.identity, clock.today())
    keys, people, wrong = Keys.held(target.id), {}, []
    for count, (line, cells) in enumerate(islice(table, MOST_LETTERS + 1)):
        if count == MOST_LETTERS:
            raise TooManyLetters(MOST_LETTERS)
        checked = rules.check_row(cells, how)
        lines = _lines(cells, columns, places) if checked.row else ()
        if len(lines) >= 3 and fits_window(lines):
            people[line] = Recipient(keys.of_identity(checked.identity), lines)
        else:
            wrong.append(line)
    return people, wrong


def _places(header: Sequence[str]) -> tuple[list[int], list[int]]:
    plain = [normalized(name) for name in header]
    street = [place for place, name in enumerate(plain) if name.startswith(_STREET)]
    town = [plain.index(name) for names in (_POSTCODE, _TOWN) for name in names if name in plain]
    if not street or len(town) < 2:
        raise NoAddresses(header)
    return street, town


def _lines(
    cells: Sequence[str], columns: presets.Columns, places: tuple[list[int], list[int]]
) -> tuple[str, ...]:
    street, town = places
    names = [place for field in (Field.GIVEN, Field.FAMILY) for place in columns[field]]
    found = (names, *([place] for place in street), town)
    said = (" ".join(" ".join(cells[place] for place in one).split()) for one in found)
    return tuple(line for line in said if line)
