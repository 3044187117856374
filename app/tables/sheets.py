"""Spreadsheets (xlsx, ods) as rows of texts, read as a stream: whatever a file unpacks to, little of it is in memory at once.

Both are a zip of XML. A part that unpacks to far more than it packs is refused before it is read, no document type is allowed (so
no entities), and a formula is never computed: its cell is given as text that begins with `=`, to be rejected.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, cast
from xml.parsers import expat

from app.tables.errors import FileRefused

CHUNK = 1 << 16
MOST_BYTES = 4 << 30
"""So much may a part unpack to in all: about five million rows."""
WHILE_ASKED = 32 << 20
"""So much is unpacked while somebody waits for a page: the first rows of a list; the worker reads on to the end."""
PLAIN_WHILE_ASKED = 256 << 20
"""The same of a text that is only copied: CSV of two million people."""
FREE_BYTES = 16 << 20
MOST_RATIO = 50
"""Beyond the first 16 MB a part may unpack to fifty times its size; registers come to 10 or 20."""
LONGEST_TAG = 1 << 20
DEEPEST = 100
LONGEST_CELL = 32_767
MOST_COLUMNS = 500
MOST_REPEATED = 100
"""Equal rows in a run that are not empty; ods writes empty ones as one row repeated a million times."""
FORMULA = "="
Attributes = dict[str, str]


class Handler:
    """What is made of the elements of a part: `rows` are taken out after each chunk.

    Text counts within elements named in `heard`, unless it is within one of those that stand `aside`.
    """

    heard: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self._pieces: list[str] = []
        self._length = self._depth = self._depth_aside = self._within = 0

    def begin(self, tag: str, given: Attributes) -> None:
        """An element begins, with its namespace. Raises: FileRefused for one within a hundred others."""
        self._within += 1
        if self._within > DEEPEST:
            raise FileRefused("bomb")
        name = _local(tag)
        if name in self.heard:
            self._depth += 1
        elif name in self.aside:
            self._depth_aside += 1
        self.start(name, given)

    def finish(self, tag: str) -> None:
        """An element ends."""
        self._within -= 1
        name = _local(tag)
        if name in self.heard:
            self._depth -= 1
        elif name in self.aside:
            self._depth_aside -= 1
        self.end(name)

    def start(self, name: str, given: Attributes) -> None:
        """What a part does where an element begins."""

    def end(self, name: str) -> None:
        """What it does where one ends."""

    def text(self, text: str) -> None:
        """Text within it, perhaps not all. Raises: FileRefused for more than a cell holds."""
        if self._depth and not self._depth_aside:
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise FileRefused("bomb")
            self._pieces.append(text)

    def take_text(self) -> str:
        """What was heard since this was last asked."""
        text = "".join(self._pieces)
        self._pieces, self._length = [], 0
        return text


class Book:
    """An opened spreadsheet file. Raises: FileRefused for what is no zip, or is locked by a password.

    Unless it is read `to_end`, by no web process, few of its bytes are unpacked.
    """

    def __init__(self, stream: BinaryIO, *, to_end: bool = False) -> None:
        self._to_end = to_end
        self._left = WHILE_ASKED
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as broken:
            raise FileRefused("damaged") from broken
        self.names = frozenset(self._zip.namelist())

    def unpack(self, name: str) -> BinaryIO:
        """A part that is no XML, in a file without a name. Raises: FileRefused."""
        plain = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - whoever asked for it closes it
        if not self._to_end:
            self._left = PLAIN_WHILE_ASKED
        try:
            for chunk in self._chunks(name):
                plain.write(chunk)
        except FileRefused:
            plain.close()
            raise
        return plain

    def read(self, name: str, handler: Handler) -> Iterator[tuple[int, list[str]]]:
        """Parse a part; rows as soon as they are complete. Raises: FileRefused."""
        for _ in self.parse(name, handler):
            yield from handler.rows
            handler.rows.clear()
        yield from handler.rows

    def parse(self, name: str, handler: Handler) -> Iterator[None]:
        """Parse a part piece by piece. Raises: FileRefused."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = handler.begin
        parser.EndElementHandler = handler.finish
        parser.CharacterDataHandler = handler.text
        given = 0
        for chunk in self._chunks(name):
            _feed(parser.Parse, chunk)
            given += len(chunk)
            if given - parser.CurrentByteIndex > LONGEST_TAG:  # what is not complete is kept until it is
                raise FileRefused("bomb")
            yield
        _feed(parser.Parse, b"", True)

    def parse_all(self, name: str, handler: Handler) -> None:
        """Parse a whole small part, if the file has it. Raises: FileRefused."""
        if name in self.names:
            if self._zip.getinfo(name).file_size > FREE_BYTES:
                raise FileRefused("bomb")
            for _ in self.parse(name, handler):
                pass

    def _chunks(self, name: str) -> Iterator[bytes]:
        try:
            said = self._zip.getinfo(name)
            if said.file_size > min(MOST_BYTES, max(FREE_BYTES, said.compress_size * MOST_RATIO)):
                raise FileRefused("bomb")
            with self._zip.open(name) as part:  # which gives no more than the file said
                while chunk := part.read(CHUNK):
                    self._left -= 0 if self._to_end else len(chunk)
                    if self._left < 0:
                        raise FileRefused("bomb")
                    yield chunk
        except (KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as broken:
            raise FileRefused("damaged") from broken
        except RuntimeError as locked:  # how zipfile says that a password is needed
            raise FileRefused("locked") from locked


def place_of(reference: str) -> int:
    """`"AB12"` → 27: the column of a cell, counted from 0."""
    place = 0
    for sign in reference:
        if not "A" <= sign <= "Z":
            break
        place = place * 26 + ord(sign) - 64
    return check_place(place - 1)


def check_place(place: int) -> int:
    """The column as it is. Raises: FileRefused for one that no list of people has."""
    if not 0 <= place < MOST_COLUMNS:
        raise FileRefused("wide", most=MOST_COLUMNS)
    return place


def put(cells: list[str], place: int, text: str) -> None:
    """Set a cell of a row that may be too short for it yet. Raises: FileRefused for a text that no cell holds."""
    if len(text) > LONGEST_CELL:
        raise FileRefused("bomb")
    if text:
        check_place(place)
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = text


def number_of(given: Iterable[tuple[str, Any]], name: str, default: int = 1) -> int:
    """A count in an attribute, whatever its namespace. Raises: FileRefused when it is none."""
    for key, value in given:
        if _local(key) == name:
            try:
                return max(int(value), 0)
            except ValueError as broken:
                raise FileRefused("damaged") from broken
    return default


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_doctype(*_given: object) -> None:
    raise FileRefused("damaged")


def _feed(parse: Callable[..., object], chunk: bytes, is_final: bool = False) -> None:
    try:
        parse(chunk, is_final)
    except expat.ExpatError as broken:
        raise FileRefused("damaged") from broken
