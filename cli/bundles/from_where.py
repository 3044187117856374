"""Files of a source of updates, which is a folder or an HTTPS address: never more than was announced, never led elsewhere."""

from __future__ import annotations

import contextlib
import http.client
import io
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

from cli.bundles.archive import CHUNK
from cli.bundles.refusal import BundleRefused

SECONDS = 30


class _StayThere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *answer: Any) -> None:
        """No address leads to another: the answer stays an error, 301 or its like."""


def read(where: str, name: str, most: int) -> bytes:
    """A small file.

    Raises: BundleRefused: UNREACHABLE.
    """
    out = io.BytesIO()
    for _ in _pieces(where, name, most, out):
        pass
    return out.getvalue()


def copied(where: str, name: str, size: int, out: BinaryIO) -> Iterator[bytes]:
    """The pieces of a file of exactly `size` bytes, each after it was written to `out`.

    Raises: BundleRefused: UNREACHABLE, TRUNCATED.
    """
    got = 0
    for piece in _pieces(where, name, size, out):
        got += len(piece)
        yield piece
    if got < size:
        raise BundleRefused("TRUNCATED", f"{name} ended after {got} of {size} bytes.")


def _pieces(where: str, name: str, most: int, out: BinaryIO) -> Iterator[bytes]:
    left = most
    with _opened(where, name) as stream:
        while True:
            with _as_unreachable(f"{where}/{name}"):
                piece = stream.read(min(CHUNK, left + 1))
            left -= len(piece)
            if left < 0:
                raise BundleRefused("DAMAGED", f"{name} is larger than it may be.")
            if not piece:
                return
            out.write(piece)
            yield piece


def _opened(where: str, name: str) -> IO[bytes]:
    with _as_unreachable(f"{where}/{name}"):
        if where.startswith("/"):
            return Path(where, name).open("rb")
        if not where.startswith("https://"):
            raise BundleRefused("UNREACHABLE", f"{where} is neither a folder nor an https address.")
        opener = urllib.request.build_opener(_StayThere)
        answer: IO[bytes] = opener.open(f"{where.rstrip('/')}/{name}", timeout=SECONDS)
        return answer


@contextlib.contextmanager
def _as_unreachable(what: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as answer:
        answer.close()
        elsewhere = (
            f", to {answer.headers['Location']}; it is not followed" if "Location" in answer.headers else ""
        )
        raise BundleRefused("UNREACHABLE", f"{what} answers {answer.code}{elsewhere}.") from None
    except urllib.error.URLError as wrong:
        raise BundleRefused("UNREACHABLE", f"{what}: {wrong.reason}.") from None
    except (OSError, http.client.HTTPException) as wrong:
        raise BundleRefused("UNREACHABLE", f"{what}: {getattr(wrong, 'strerror', None) or wrong}.") from None
