"""Rows of the first sheet of an ods file (OpenDocument 1.3). Its word on how often a row repeats is not believed."""

from __future__ import annotations

from collections.abc import Iterator

from app.tables.errors import FileRefused
from app.tables.sheets import (
    FORMULA,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_REPEATED,
    Attributes,
    Book,
    Handler,
    number_of,
    put,
)

PART = "content.xml"
_CELLS = ("table-cell", "covered-table-cell")


def read_rows(book: Book) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers. Raises: FileRefused."""
    yield from book.read(PART, _Sheet())


class _Sheet(Handler):
    heard = frozenset({"p"})
    aside = frozenset({"annotation"})

    def __init__(self) -> None:
        super().__init__()
        self._tables = self._line = 0
        self._cells: list[str] = []
        self._repeated = 0  # in the whole file: a few kB must not become millions of rows
        self._place = self._row_times = self._cell_times = 0
        self._value = ""
        self._is_formula = False

    def start(self, name: str, given: Attributes) -> None:
        if name == "table":
            self._tables += 1
        elif name == "table-row":
            self._cells, self._place = [], 0
            self._row_times = number_of(given.items(), "number-rows-repeated")
        elif name in _CELLS:
            self._begin_cell({key.rpartition(" ")[2]: text for key, text in given.items()})
        elif name == "s":
            self.text(" " * min(number_of(given.items(), "c"), LONGEST_CELL + 1))
        elif name in ("p", "tab", "line-break"):
            self.text(" ")

    def end(self, name: str) -> None:
        if name in _CELLS:
            self._end_cell()
        elif name == "table-row":
            self._end_row()

    def _begin_cell(self, given: Attributes) -> None:
        self._cell_times = number_of(given.items(), "number-columns-repeated")
        self._is_formula = "formula" in given
        self.take_text()  # of what lies between cells
        kind = given.get("value-type", "")
        self._value = given.get("date-value", "")[:10] if kind == "date" else ""
        if kind == "float":
            number = given.get("value", "")
            self._value = number.removesuffix(".0")

    def _end_cell(self) -> None:
        text = self._value or self.take_text().strip()
        if self._is_formula:
            text = FORMULA + text
        if text:
            for _ in range(min(self._cell_times, MOST_COLUMNS + 1)):
                put(self._cells, self._place, text)
                self._place += 1
        else:
            self._place += self._cell_times

    def _end_row(self) -> None:
        if self._tables == 1 and self._cells:
            self._repeated += self._row_times - 1
            if self._repeated > MOST_REPEATED:
                raise FileRefused("bomb")
            self.rows += [(self._line + at + 1, self._cells) for at in range(self._row_times)]
        self._line += self._row_times
