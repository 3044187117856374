"""What one row of a file says of a person, or everything that is wrong with it; and when an import needs a second look."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple, TypeVar

from app.census.identity import Unlikely, Unreadable, read_birth, read_number, read_sex
from app.census_imports.presets import NEEDED, Columns, Field
from app.core.spelling import normalized

Made = TypeVar("Made")
Born = tuple[date | None, int]
LONGEST = 200
GONE_SHARE = 10
"""More than one in so many gone needs a typed confirmation (F20)."""
_BROKEN = re.compile("[\x00-\x1f\x7f\ufffd]|[ÃÂ][\u0080-\u00bf\u2018-\u203a\u0152-\u017e\u02c6\u20ac\u2122]")
_SUSPECT = re.compile("(?:^|\x1f)\\s*[=+@-]|[\x00-\x1e\x7f\ufffd]|[ÃÂ]|[^\x1f]{" + str(LONGEST + 1) + "}")
"""What may be wrong with a cell of a row put together; a row in which nothing is found is not looked at again."""
_FORMULA = ("=", "+", "-", "@")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is rejected: the field (empty for the whole row) and a key of errors.ROW_SENTENCES."""

    field: str
    reason: str


class Row(NamedTuple):
    """One person as the file says; names and `identity` are plain here, and live no longer than it takes to hash them."""

    identity: str
    family: str
    used_family: str
    given: str
    birth_on: date | None
    birth_year: int
    sex: str
    district: str
    language: str


class Checked(NamedTuple):
    """A row that can be taken, or its faults; `identity` of a faulty one if it can be told, so that the entry can stay."""

    row: Row | None
    identity: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How the rows of one file are read: where each field stands, the country's way to write, and the day it holds from.

    `district_of` tells the district of an address, for rows that name none.
    """

    columns: Columns
    width: int
    country: str
    identity: str
    on: date
    district_of: Callable[[str], str] = lambda address: ""

    @cached_property
    def places(self) -> list[tuple[int, ...]]:
        """Where each field stands, in the order of Field; nowhere for those that the file does not have."""
        return [self.columns.get(field, ()) for field in Field]


def check_row(cells: Sequence[str], reading: Reading) -> Checked:
    """Read one row; every fault of it at once."""
    if len(cells) != reading.width:
        return Checked(None, faults=(Fault("", "width"),))
    row = None if _SUSPECT.search("\x1f".join(cells)) else _read_good(cells, reading)
    return Checked(row, row.identity) if row else look_closely(cells, reading)


def look_closely(cells: Sequence[str], reading: Reading) -> Checked:
    """Read one row cell by cell, as most rows need not be: it takes three times as long."""
    texts = _Texts(reading, cells)
    born = texts.read(Field.BIRTH, "date", read_birth, reading.on)
    sex = texts.read(Field.SEX, "sex", read_sex, reading.country)
    language = texts.read(Field.LANGUAGE, "language", _read_language)
    family = texts.read(Field.FAMILY, "missing", _read_name)
    given = texts.read(Field.GIVEN, "missing", _read_name)
    if reading.identity == "number":
        identity = texts.read(Field.NUMBER, "number", read_number, reading.country) or ""
    elif family and given and born and not texts.is_broken(Field.PLACE):
        identity = civil_status(family, given, born, texts.of(Field.PLACE))
    else:
        identity = ""
    if texts.faults or not (born and family and given):
        return Checked(None, identity, tuple(texts.faults))
    used, district = normalized(texts.of(Field.USED_FAMILY)), texts.of(Field.DISTRICT)
    address = texts.of(Field.ADDRESS)
    district = district or (address and reading.district_of(address))
    return Checked(Row(identity, family, used, given, *born, sex or "", district, language or ""), identity)


def civil_status(family: str, given: str, born: Born, place: str) -> str:
    """What a person is known by on a list without numbers; names are brought to one form already."""
    return "|".join((family, given, str(born[0] or born[1]), normalized(place)))


def must_confirm(gone: int, standing: int) -> bool:
    """Whether so many leave a list of so many that their number must be typed."""
    return gone * GONE_SHARE > standing


def is_mostly_rejected(rejected: int, rows: int) -> bool:
    """Whether the file is more wrong than right."""
    return rejected * 2 >= rows


def _read_good(cells: Sequence[str], reading: Reading) -> Row | None:
    """A row in which nothing is wrong; None for one at which somebody should look closely."""
    number, family, used, given, birth, place, sex, district, language, address = (
        " ".join((cells[at[0]] if len(at) == 1 else " ".join(cells[one] for one in at)).split())
        for at in reading.places
    )
    family, given = normalized(family), normalized(given)
    is_numbered = reading.identity == "number"
    if (
        not (family and given and birth and (number or not is_numbered))
        or len(family + given + place) > LONGEST
    ):
        return None
    try:
        born = read_birth(birth, reading.on)
        identity = (
            read_number(number, reading.country) if is_numbered else civil_status(family, given, born, place)
        )
        gender, spoken = read_sex(sex, reading.country), _read_language(language) if language else ""
        district = district or (address and reading.district_of(address))  # last: a row is asked for once
        return Row(identity, family, normalized(used), given, *born, gender, district, spoken)
    except Unreadable:
        return None


class _Texts:
    """The cells of one row by field, and the faults found in them so far."""

    def __init__(self, reading: Reading, cells: Sequence[str]) -> None:
        self.faults: list[Fault] = []
        self._texts: dict[Field, str] = {}
        for field, places in reading.columns.items():
            self._take(field, [cells[place] for place in places], field in NEEDED[reading.identity])

    def _take(self, field: Field, cells: Sequence[str], is_needed: bool) -> None:
        text = " ".join(filter(None, (_text(cell) for cell in cells)))
        reason = _fault_of(cells, text) or ("missing" if not text and is_needed else "")
        if reason:
            self.faults.append(Fault(field, reason))
        else:
            self._texts[field] = text

    def of(self, field: Field) -> str:
        """The text of a field; empty when the file has none, or a broken one."""
        return self._texts.get(field, "")

    def is_broken(self, field: Field) -> bool:
        """Whether a fault was found in the field."""
        return any(fault.field == field for fault in self.faults)

    def read(self, field: Field, reason: str, read: Callable[..., Made], *more: object) -> Made | None:
        """What `read` makes of the text; None when it is empty or broken, which is noted."""
        text = self._texts.get(field)
        if not text:
            return None
        try:
            return read(text, *more)
        except Unlikely:
            self.faults.append(Fault(field, "age"))
        except Unreadable:
            self.faults.append(Fault(field, reason))
        return None


def _read_name(text: str) -> str:
    name = normalized(text)
    if not name:
        raise Unreadable
    return name


def _read_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text.lower()):
        raise Unreadable
    return text.lower()


def _text(cell: str) -> str:
    text = " ".join(cell.split())
    return "" if text == "-" else text


def _fault_of(raw: Sequence[str], text: str) -> str:
    if any(cell[:1] in ("\t", "\r") or _text(cell)[:1] in _FORMULA for cell in raw if _text(cell)):
        return "formula"
    if any(_BROKEN.search(cell) for cell in raw if not (cell.isascii() and cell.isprintable())):
        return "garbled"
    return "too-long" if len(text) > LONGEST else ""
