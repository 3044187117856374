"""Circulars: one text to many readers. It becomes bytes once; for each reader only the personal fields are filled in.

Making a message anew for every reader takes four times as long as sending it.
"""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from markupsafe import escape
from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, db
from app.mail.letters import Letter, one_line
from app.settings import Settings

Pieces = Sequence[str]
"""Text and names of personal fields in turn, text first: `["Dear ", "name", ", …"]`."""
UNSUBSCRIBE = "unsubscribe_url"
"""The field that also becomes the header by which a mail program unsubscribes with one click (RFC 8058)."""
_SOFT_BREAK = b"=\r\n"


class Circular(Base):
    """A text in one language, as plain text and, unless that is empty, as HTML. While `paused_at` is set no copy leaves.

    `purpose` is what its readers have consented to; "" for what needs no consent.
    """

    __tablename__ = "circulars"

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    subject: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[list[str]] = mapped_column(JSON)
    html: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)

    def letter(self, fields: Mapping[str, str]) -> Letter:
        """What one reader gets, as plain text."""
        return Letter(_join(self.subject, fields), _join(self.text, fields))


def add(letter: Letter, language: str) -> int:
    """The number of a new circular of this text, without personal fields, that needs no consent."""
    circular = Circular(
        language=language, subject=[letter.subject], text=[letter.text], html=[], created_at=clock.now()
    )
    db.session.add(circular)
    db.session.flush()
    return circular.id


@dataclass(frozen=True, slots=True)
class Form:
    """A circular made ready to be filled in."""

    head: bytes
    subject: tuple[str, ...]
    body: tuple[bytes | Field, ...]

    def fill(self, recipient: str, message_id: str, date: str, fields: Mapping[str, str]) -> bytes:
        """The bytes of one reader's copy, as they go over the wire. `recipient` is ASCII.

        Raises: KeyError when a field is missing.
        """
        lines = [
            f"To: {recipient}",
            f"Subject: {_header(_join(self.subject, fields))}",
            f"Date: {date}",
            f"Message-ID: {message_id}",
        ]
        if UNSUBSCRIBE in fields:
            lines += [
                f"List-Unsubscribe: <{fields[UNSUBSCRIBE]}>",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            ]
        own = "\r\n".join([*lines, ""]).encode("ascii")
        filled = [piece if isinstance(piece, bytes) else piece.fill(fields) for piece in self.body]
        return b"".join([own, self.head, *filled])


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a body for something personal."""

    name: str
    prepare: Callable[[str], str]

    def fill(self, fields: Mapping[str, str]) -> bytes:
        """The reader's own value, on lines of its own that no mail program shows as lines."""
        value = b2a_qp(self.prepare(fields[self.name]).encode(), istext=False)
        return _SOFT_BREAK + value.replace(b"\n", b"\r\n") + _SOFT_BREAK


def prepare(settings: Settings, circular: Circular) -> Form:
    """Turn a circular into bytes, but for what is each reader's own."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.site_name, addr_spec=settings.sender)
    mail["Reply-To"] = Address(addr_spec=settings.contact_email)
    mail["Content-Language"] = circular.language
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail["MIME-Version"] = "1.0"
    head = mail.as_bytes().removesuffix(b"\r\n")
    text = _part("text/plain", circular.text, str)
    if not circular.html:
        return Form(head, tuple(circular.subject), tuple(text))
    html = _part("text/html", circular.html, lambda value: str(escape(value)))
    border = f"=_civic_{circular.id}"  # no line of a quoted-printable text can begin with --=_
    begin, line, end = (f"\r\n--{border}{ending}\r\n".encode() for ending in ("", "", "--"))
    kind = f'Content-Type: multipart/alternative; boundary="{border}"\r\n'.encode()
    return Form(head, tuple(circular.subject), (kind, begin, *text, line, *html, end))


def _part(kind: str, pieces: Pieces, prepare: Callable[[str], str]) -> list[bytes | Field]:
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    texts = [_quote(piece) if place % 2 == 0 else Field(piece, prepare) for place, piece in enumerate(pieces)]
    return [head.encode(), *texts]


def _quote(text: str) -> bytes:
    lines = "\n".join(text.splitlines()) + ("\n" if text.endswith("\n") else "")
    return b2a_qp(lines.encode(), istext=True).replace(b"\n", b"\r\n")


def _join(pieces: Pieces, fields: Mapping[str, str]) -> str:
    return "".join(piece if place % 2 == 0 else fields[piece] for place, piece in enumerate(pieces))


def _header(text: str) -> str:
    line = one_line(text)
    if line.isascii() and len(line) < 65:
        return line
    return Header(line, "utf-8", header_name="Subject").encode(linesep="\r\n")
