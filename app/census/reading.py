"""From a file to rows: what it is encoded in, how its columns are separated, and what cannot be read at all."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from app.census.errors import FileRefused
from app.census.identity import normalized

CHUNK = 1 << 20
DELIMITERS = (";", ",", "\t")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_QUOTED = re.compile(r'"[^"]*"')
_MARKS = {
    b"PK\x03\x04": "spreadsheet",
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


@dataclass
class Rows:
    """The header, and the rows one after the other, each with the number of its first line."""

    stream: BinaryIO
    facts: FileFacts
    delimiter: str = ""
    header: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stream.seek(0)
        # Never closed here: the stream is the caller's. newline="" leaves line ends to csv.
        self._text = io.TextIOWrapper(self.stream, self.facts.encoding, newline="")
        first = self._text.readline(CHUNK)
        self.delimiter = _delimiter(first)
        self._text.seek(0)
        self._reader = csv.reader(self._text, delimiter=self.delimiter, strict=True)
        self.header = [name.strip() for name in self._next() or []]
        _check_header(self.header)

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

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as wrong:
            raise FileRefused("quotes", line=self._reader.line_num) from wrong


def look_through(stream: BinaryIO) -> FileFacts:
    """Read the whole file once: UTF-8 if it can be, else Windows-1252. Raises: FileRefused."""
    stream.seek(0)
    digest, decoder, last = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b""
    is_utf8, is_cp1252 = True, True
    while chunk := stream.read(CHUNK):
        if not last:
            _check_start(chunk)
        if b"\0" in chunk:
            raise FileRefused("nul")
        digest.update(chunk)
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
    return FileFacts(encoding, digest.hexdigest(), ends_with_line)


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
