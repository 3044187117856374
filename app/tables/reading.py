"""From a file to rows, CSV or spreadsheet: how it is written, how its columns are separated, what cannot be read at all."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from app.core.spelling import normalized
from app.tables import ods, xlsx
from app.tables.errors import FileRefused
from app.tables.sheets import Book

CHUNK = 1 << 20
LONGEST_ROW = 1 << 20
DELIMITERS = (";", ",", "\t")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_QUOTED = re.compile(r'"[^"]*"')
ZIP = b"PK\x03\x04"
_MARKS = {
    b"\xd0\xcf\x11\xe0": "spreadsheet",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class FileFacts:
    """What a look through the whole file tells."""

    encoding: str
    sha256: str
    ends_with_line: bool
    lines: int


class Table(Protocol):
    """A file as rows: its header, then each row with the number of its line; `expected` is how many, 0 if nobody knows."""

    encoding: str
    delimiter: str
    sha256: str
    expected: int
    header: list[str]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank. Raises: FileRefused."""

    def release(self) -> None:
        """Give the stream back to the caller, who closes it."""


def open_table(stream: BinaryIO, *, to_end: bool = False) -> Table:
    """The file as a table, by how it begins; what is packed is unpacked `to_end` by the worker only. Raises: FileRefused."""
    stream.seek(0)
    if stream.read(len(ZIP)) != ZIP:
        return CsvRows(stream, look_through(stream))
    book = Book(stream, to_end=to_end)
    if xlsx.SIGN in book.names or ods.PART in book.names:
        return SheetRows(stream, book)
    texts = [name for name in book.names if name.lower().endswith((".csv", ".txt"))]
    if len(texts) != 1:
        raise FileRefused("damaged")
    return _Unpacked(sha256_of(stream), book.unpack(texts[0]))


def sha256_of(stream: BinaryIO) -> str:
    """The hash of a whole file."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class SheetRows:
    """Rows of a spreadsheet, each as long as the header if it is not longer."""

    delimiter = ""
    expected = 0

    def __init__(self, stream: BinaryIO, book: Book) -> None:
        self.sha256 = sha256_of(stream)
        is_xlsx = xlsx.SIGN in book.names
        self.encoding = "xlsx" if is_xlsx else "ods"
        self._rows = (xlsx if is_xlsx else ods).read_rows(book)
        first = next((cells for _, cells in self._rows if any(cells)), None)
        if first is None:
            raise FileRefused("empty")
        self.header = [name.strip() for name in first]
        _check_header(self.header)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank. Raises: FileRefused."""
        width = len(self.header)
        for line, cells in self._rows:
            if any(cells):
                yield line, cells + [""] * (width - len(cells))

    def release(self) -> None:
        """The stream stays the caller's all the time."""


@dataclass
class CsvRows:
    """The header, and the rows one after the other, each with the number of its first line."""

    stream: BinaryIO
    facts: FileFacts
    delimiter: str = ""
    header: list[str] = field(default_factory=list)
    encoding: str = ""
    sha256: str = ""
    expected: int = 0

    def __post_init__(self) -> None:
        self.stream.seek(0)
        # Never closed here: the stream is the caller's. newline="" leaves line ends to csv.
        self._text = io.TextIOWrapper(self.stream, self.facts.encoding, newline="")
        first = self._text.readline(CHUNK)
        self.delimiter = _delimiter(first)
        self._text.seek(0)
        self._signs = 0
        self._reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
        self.header = [name.strip() for name in self._next() or []]
        _check_header(self.header)
        self.encoding, self.sha256 = self.facts.encoding, self.facts.sha256
        self.expected = max(self.facts.lines - 1, 0)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank. Raises: FileRefused when quotes do not match, or the last row is cut off."""
        is_short = False
        while True:
            line = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                break
            if any(cells):
                is_short = len(cells) < len(self.header)
                yield line, cells
        if is_short and not self.facts.ends_with_line:
            raise FileRefused("cut", line=self._reader.line_num)

    def release(self) -> None:
        """Give the stream back to the caller, who closes it."""
        self._text.detach()

    def _lines(self) -> Iterator[str]:
        """Lines, as long as those of one row are not endless: csv would keep them all. Raises: FileRefused."""
        while line := self._text.readline(LONGEST_ROW + 1):
            self._signs += len(line)
            if self._signs > LONGEST_ROW:
                raise FileRefused("long", line=self._reader.line_num + 1)
            yield line

    def _next(self) -> list[str] | None:
        self._signs = 0
        try:
            return next(self._reader, None)
        except csv.Error as wrong:
            raise FileRefused("quotes", line=self._reader.line_num) from wrong


class _Unpacked(CsvRows):
    """A CSV file that came in a zip."""

    def __init__(self, sha256: str, plain: BinaryIO) -> None:
        try:
            super().__init__(plain, look_through(plain))
        except FileRefused:
            plain.close()
            raise
        self.sha256 = sha256

    def release(self) -> None:
        """The unpacked file is nobody else's."""
        super().release()
        self.stream.close()


def look_through(stream: BinaryIO) -> FileFacts:
    """Read the whole file once: UTF-8 if it can be, else Windows-1252. Raises: FileRefused."""
    stream.seek(0)
    digest, decoder, last = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b""
    is_utf8, is_cp1252, lines = True, True, 0
    while chunk := stream.read(CHUNK):
        if not last:
            _check_start(chunk)
        if b"\0" in chunk:
            raise FileRefused("nul")
        digest.update(chunk)
        lines += chunk.count(b"\n")
        last = chunk
        is_utf8 = is_utf8 and _decodes(decoder, chunk)
        is_cp1252 = is_cp1252 and not _UNDEFINED.search(chunk)
    if not last:
        raise FileRefused("empty")
    ends_with_line = last.endswith((b"\n", b"\r"))
    if is_utf8 and not _decodes(decoder, b"", final=True):
        raise FileRefused("character")
    if not (is_utf8 or is_cp1252):
        raise FileRefused("encoding")
    encoding = "utf-8-sig" if is_utf8 else "cp1252"
    return FileFacts(encoding, digest.hexdigest(), ends_with_line, lines)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _check_start(chunk: bytes) -> None:
    for mark, reason in _MARKS.items():
        if chunk.startswith(mark):
            raise FileRefused(reason)


def _delimiter(line: str) -> str:
    counts = Counter(sign for sign in _QUOTED.sub("", line) if sign in DELIMITERS)
    if not counts:
        raise FileRefused("delimiter")
    return counts.most_common(1)[0][0]


def _check_header(header: list[str]) -> None:
    names = Counter(normalized(name).replace(" ", "") for name in header)
    wrong = [name or "–" for name in header if names[normalized(name).replace(" ", "")] > 1 or not name]
    if wrong:
        raise FileRefused("header", names=", ".join(dict.fromkeys(wrong)))
