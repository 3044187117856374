"""The file of a bundle: a tar in one form only. What a bundle must look like, byte by byte, follows from its signed list.

So nothing in it is parsed that was not signed, and a byte that is not what it must be is seen wherever it stands.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cli.bundles.refusal import BundleRefused

BLOCK = 512
END = bytes(2 * BLOCK)
CHUNK = 2**20
LONGEST_TEXT = 2**22
"""Of a member that is held in memory: the manifest, a signature, the lock."""


def header(name: str, size: int) -> bytes:
    """What stands in the tar before a file: root's, 1970, 0644, or 0755 for the launcher.

    One block (ustar), or three when the name is too long for one: then the name stands in a record of its own before it (pax).
    """
    mode = 0o755 if name == "deploy/civic" else 0o644
    try:
        return _block(name, size, mode, b"0")
    except ValueError:
        record = _record("path", name)
        own = _block("long-name", len(record), 0o644, b"x") + record + padding(len(record))
        return own + _block(name[:100], size, mode, b"0")


def _block(name: str, size: int, mode: int, kind: bytes) -> bytes:
    """One block of a header. Raises: ValueError when the name does not fit."""
    prefix, base = "", name
    if len(name.encode()) > 100:
        prefix, _, base = name.rpartition("/")
    if len(base.encode()) > 100 or len(prefix.encode()) > 155:
        raise ValueError(f"{name} is too long")
    before = base.encode().ljust(100, b"\0") + b"%07o\0" % mode + b"0000000\0" * 2 + b"%011o\0" % size
    before += b"%011o\0" % 0
    after = kind + bytes(100) + b"ustar\x0000" + b"root".ljust(32, b"\0") * 2 + b"0000000\0" * 2
    after += prefix.encode().ljust(155, b"\0") + bytes(12)
    total = sum(before) + sum(after) + 8 * ord(" ")
    return before + b"%06o\0 " % total + after


def _record(key: str, value: str) -> bytes:
    """A record of pax, which begins with its own length."""
    rest = f" {key}={value}\n".encode()
    length = len(rest) + len(str(len(rest)))
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def padding(size: int) -> bytes:
    """What fills the last block of a file."""
    return bytes(-size % BLOCK)


def write(file: Path, members: Iterable[tuple[str, bytes | Path]]) -> None:
    """Make the tar, each member from its bytes or from a file, in the order given."""
    with file.open("wb") as out:
        for name, content in members:
            size = content.stat().st_size if isinstance(content, Path) else len(content)
            out.write(header(name, size))
            if isinstance(content, Path):
                with content.open("rb") as source:
                    while chunk := source.read(CHUNK):
                        out.write(chunk)
            else:
                out.write(content)
            out.write(padding(size))
        out.write(END)


def next_text(stream: BinaryIO, prefix: str) -> tuple[str, bytes] | None:
    """The next member, whole, if its name begins with `prefix`; else None, and the stream stands where it stood.

    Raises: BundleRefused.
    """
    at = stream.tell()
    raw = read_exactly(stream, BLOCK)
    try:
        found = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise BundleRefused("DAMAGED", "its beginning was changed.") from None
    if not found.name.startswith(prefix):
        stream.seek(at)
        return None
    if found.size > LONGEST_TEXT or raw != header(found.name, found.size):
        raise _not_as_signed(raw, found.name, set())
    content = read_exactly(stream, found.size)
    skip_padding(stream, found.name, found.size)
    return found.name, content


def expect(stream: BinaryIO, name: str, size: int, listed: set[str]) -> None:
    """The header of the next member is that of `name`; `listed`: all names that were signed.

    Raises: BundleRefused saying what else stands there.
    """
    wanted = header(name, size)
    raw = read_exactly(stream, len(wanted))
    if raw != wanted:
        raise _not_as_signed(raw, name, listed)


def expect_end(stream: BinaryIO, listed: set[str]) -> None:
    """Nothing follows but the end.

    Raises: BundleRefused.
    """
    rest = stream.read(len(END) + 1)
    if rest == END:
        return
    if len(rest) < len(END) and not rest.strip(b"\0"):
        raise BundleRefused("TRUNCATED", "it ends before its end.")
    raise _not_as_signed(rest[:BLOCK], "the end", listed)


def content(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The next `size` bytes, in pieces.

    Raises: BundleRefused when the file ends before.
    """
    while size:
        piece = read_exactly(stream, min(size, CHUNK))
        size -= len(piece)
        yield piece


def digest(pieces: Iterable[bytes]) -> str:
    """SHA-256, as hexadecimal digits."""
    sum_of = hashlib.sha256()
    for piece in pieces:
        sum_of.update(piece)
    return sum_of.hexdigest()


def skip_padding(stream: BinaryIO, name: str, size: int) -> None:
    """The rest of the last block, which must be empty.

    Raises: BundleRefused.
    """
    if any(read_exactly(stream, -size % BLOCK)):
        raise BundleRefused("DAMAGED", f"something stands behind {name}.")


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes.

    Raises: BundleRefused when the file ends before.
    """
    found = stream.read(size)
    if len(found) < size:
        raise BundleRefused("TRUNCATED", "it ends in the midst of its content.")
    return found


def _not_as_signed(raw: bytes, wanted: str, listed: set[str]) -> BundleRefused:
    raw = raw[:BLOCK]
    if not any(raw):
        return BundleRefused("MEMBERS", f"{wanted} is lacking.")
    try:
        found = tarfile.TarInfo.frombuf(raw, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        return BundleRefused("DAMAGED", f"where {wanted} must stand is something else.")
    if not is_plain(found.name):
        return BundleRefused("NAME", f"it holds a file named {found.name!r}.")
    if not found.isreg():
        return BundleRefused("LINK", f"{found.name} is not a plain file.")
    if found.name in listed:
        return BundleRefused("MEMBERS", f"{wanted} is lacking, or is not of the size that was signed.")
    return BundleRefused("MEMBERS", f"{found.name} is in it, and was not signed.")


def is_plain(name: str) -> bool:
    """Whether a name leads to a place below the folder where a bundle is unpacked, and nowhere else."""
    parts = name.split("/")
    return (
        name.isascii()
        and name.isprintable()
        and all(part not in ("", ".", "..") for part in parts)
        and "\\" not in name
    )
