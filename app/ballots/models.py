"""Tables of secret ballots. What a column leaves out matters as much as what it holds (docs/adr/0006).

Hopper and box have no number, no time, no person. On SQLite they have no rowid either: rows lie in the order of random ids.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.ballots.rules import Statement
from app.core.db import Base, Instant


class RollEntry(Base):
    """This person has voted in this process, by this channel, on this day. Once."""

    __tablename__ = "ballot_roll"
    __table_args__ = {"sqlite_with_rowid": False}

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    voted_on: Mapped[date]


class HopperBallot(Base):
    """A confirmed ballot on its way to the box, sealed with a key that no backup set holds."""

    __tablename__ = "ballot_hopper"
    __table_args__ = {"sqlite_with_rowid": False}

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class BoxBallot(Base):
    """A ballot in the box. `id` is random; `choices` is what the feature that asked the question wrote."""

    __tablename__ = "ballot_box"
    __table_args__ = (UniqueConstraint("process_id", "receipt_hash"), {"sqlite_with_rowid": False})

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    choices: Mapped[str] = mapped_column(Text)
    receipt_hash: Mapped[str] = mapped_column(String(64))


class Draft(Base):
    """A ballot that has been begun: sealed with a key that only the voter's browser keeps."""

    __tablename__ = "ballot_drafts"
    __table_args__ = {"sqlite_with_rowid": False}

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_reminded: Mapped[bool] = mapped_column(default=False)


class Check(Base):
    """The latest comparison of roll, hopper and box of a process."""

    __tablename__ = "ballot_checks"

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    roll: Mapped[int]
    hopper: Mapped[int]
    box: Mapped[int]


class KeptFile(Base):
    """What everybody may have of the ballots, made once: whoever asks for it costs no more than its bytes (core.packed)."""

    __tablename__ = "ballot_files"

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class Link(Base):
    """A signed statement of the count chain of a process."""

    __tablename__ = "ballot_links"

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    roll: Mapped[int]
    hopper: Mapped[int]
    box: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    is_final: Mapped[bool]
    signature: Mapped[str] = mapped_column(String(128))

    @property
    def statement(self) -> Statement:
        """What was signed."""
        return Statement(
            process=self.process_id,
            number=self.number,
            at=self.at,
            roll=self.roll,
            hopper=self.hopper,
            box=self.box,
            root=self.root,
            previous=self.previous,
            is_final=self.is_final,
        )
