"""Rows of the first sheet of an xlsx file (ECMA-376). Texts lie apart from the cells; they are kept in a file, not in memory."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO

from app.tables.errors import FileRefused
from app.tables.sheets import FORMULA, Attributes, Book, Handler, place_of, put

SIGN = "xl/workbook.xml"
_DATES = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
"""Formats of a number that are dates without being spelled out (ECMA-376, 18.8.30)."""
KEPT = 20_000
MOST_TEXTS = 10_000_000
"""Eight bytes of each stay in memory; a million people need three or four million."""
_PRONOUNCED = frozenset({"rPh"})
"""How a word is pronounced."""
_SPELLED_DATE = re.compile(r"[yd]", re.IGNORECASE)
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_NUMBER = re.compile(r"-?[0-9.]+(?:[eE][+-]?[0-9]+)?")


def read_rows(book: Book) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers. Raises: FileRefused."""
    dates = _Dates()
    workbook = _Workbook()
    book.parse_all(SIGN, workbook)
    book.parse_all("xl/styles.xml", dates)
    with tempfile.TemporaryFile() as kept:
        texts = _Texts(book, kept)
        sheets = sorted(name for name in book.names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
        if not sheets:
            raise FileRefused("damaged")
        yield from book.read(
            min(sheets, key=lambda name: (len(name), name)), _Sheet(texts, dates, workbook.first_day)
        )


class _Workbook(Handler):
    """From which day dates are counted."""

    first_day = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of the calendar, nowhere in particular

    def start(self, name: str, given: Attributes) -> None:
        if name == "workbookPr" and given.get("date1904") in ("1", "true"):
            self.first_day = datetime(1904, 1, 1)  # noqa: DTZ001 - a day of the calendar


class _Dates(Handler):
    """Which styles of cells show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self.styles: list[bool] = []
        self._spelled: dict[str, bool] = {}
        self._within = False

    def start(self, name: str, given: Attributes) -> None:
        if name == "numFmt":
            code = _NO_DATE.sub("", given.get("formatCode", ""))
            self._spelled[given.get("numFmtId", "")] = bool(_SPELLED_DATE.search(code))
        elif name == "cellXfs":
            self._within = True
        elif name == "xf" and self._within:
            number = given.get("numFmtId", "0")
            self.styles.append(self._spelled.get(number, number.isdecimal() and int(number) in _DATES))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._within = False

    def is_date(self, style: str) -> bool:
        """Whether a cell with this style shows a date."""
        return style.isdecimal() and int(style) < len(self.styles) and self.styles[int(style)]


class _Texts(Handler):
    """The texts that cells refer to by number, in a file without a name; read no further than they are asked for."""

    heard = frozenset({"t"})
    aside = _PRONOUNCED

    def __init__(self, book: Book, kept: BinaryIO) -> None:
        super().__init__()
        self._parsing = book.parse("xl/sharedStrings.xml", self)
        self._file = kept
        self._ends = array("Q", [0])
        self._kept: dict[int, str] = {}

    def end(self, name: str) -> None:
        if name == "si":
            if len(self._ends) > MOST_TEXTS:
                raise FileRefused("bomb")
            text = self.take_text().encode()
            self._file.seek(self._ends[-1])
            self._file.write(text)
            self._ends.append(self._ends[-1] + len(text))

    def get(self, number: str) -> str:
        """The text of that number. Raises: FileRefused when there is none."""
        if not number.isdecimal() or len(number) > 9:
            raise FileRefused("damaged")
        place = int(number)
        while place >= len(self._ends) - 1:
            if next(self._parsing, self) is self:
                raise FileRefused("damaged")
        found = self._kept.get(place)
        if found is None:
            self._file.seek(self._ends[place])
            found = self._file.read(self._ends[place + 1] - self._ends[place]).decode()
            if place < KEPT and len(found) < 100:  # sexes and districts come again and again, and first early
                self._kept[place] = found
        return found


class _Sheet(Handler):
    heard = frozenset({"v", "t"})
    aside = _PRONOUNCED

    def __init__(self, texts: _Texts, dates: _Dates, first_day: datetime) -> None:
        super().__init__()
        self._texts, self._dates, self._first_day = texts, dates, first_day
        self._cells: list[str] = []
        self._line = self._place = -1
        self._kind = self._style = ""
        self._is_formula = False

    def start(self, name: str, given: Attributes) -> None:
        if name == "c":
            self._place = place_of(given["r"]) if "r" in given else self._place + 1
            self._kind, self._style = given.get("t", "n"), given.get("s", "")
            self._is_formula = False
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._cells, self._place = [], -1
            number = given.get("r", "")
            self._line = int(number[:9]) if number.isdecimal() else self._line + 1

    def end(self, name: str) -> None:
        if name == "c":
            put(self._cells, self._place, self._said())
        elif name == "row":
            self.rows.append((self._line, self._cells))

    def _said(self) -> str:
        text = self.take_text()
        if self._is_formula or self._kind == "e":
            return FORMULA + text
        if self._kind == "s":
            return self._texts.get(text) if text else ""
        if self._kind != "n" or not _NUMBER.fullmatch(text):
            return text
        if self._dates.is_date(self._style):
            return _day(self._first_day, text)
        return text if text.isdecimal() else _whole(text)


def _day(first: datetime, text: str) -> str:
    try:
        return (first + timedelta(days=float(text))).strftime("%Y-%m-%d")
    except (OverflowError, ValueError):
        return text


def _whole(text: str) -> str:
    """`"1.2345678E7"` → `"12345678"`: numbers of people and years have no fraction."""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text
