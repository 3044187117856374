"""Tables of people: accounts, contact points, consents, the activity log, tags, and the words by which an account is found."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Instant
from app.core.policy import Role


class Person(Base):
    """An account. Sessions begun before `sessions_from` are over (role changed, signed out everywhere).

    Of an erased one the number is left, which no other account ever gets, and nothing that says whose it was.
    `unused_notice_on`: the day of the letter that the account will be erased because nobody uses it.
    """

    __tablename__ = "persons"
    __table_args__ = (CheckConstraint("role IN ('resident', 'officer', 'administrator')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    display_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    role: Mapped[str] = mapped_column(default="resident")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sessions_from: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    deletion_requested_at: Mapped[datetime | None] = mapped_column(Instant)
    unused_notice_on: Mapped[date | None]
    erased_at: Mapped[datetime | None] = mapped_column(Instant)

    contact_points: Mapped[list[ContactPoint]] = relationship(
        back_populates="person", order_by="ContactPoint.id"
    )

    @property
    def granted_role(self) -> Role:
        """The role given to the person; in force for staff only after the second factor."""
        return Role[self.role.upper()]


class ContactPoint(Base):
    """An address of a person. `normalized` is unique a kind: one address, one account."""

    __tablename__ = "contact_points"
    __table_args__ = (
        UniqueConstraint("kind", "normalized"),
        CheckConstraint("kind IN ('email')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(default="email")
    address: Mapped[str]
    normalized: Mapped[str]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship(back_populates="contact_points")


class OtherContactPoint(Base):
    """A telephone number or a postal address (its lines) of a person, as they or an officer noted it; one of each kind."""

    __tablename__ = "other_contact_points"
    __table_args__ = (CheckConstraint("kind IN ('phone', 'postal')", name="kind"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[str]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime] = mapped_column(Instant)


class Consent(Base):
    """A person said yes or no to letters of a purpose; the newest row counts. Version and language say which words they read.

    `recorded_by`: the officer who noted what was said at the desk or in a letter on paper; None: the person did it.
    """

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("channel IN ('page', 'desk', 'letter', 'one-click')", name="channel"),
        Index("ix_consents_purpose", "purpose", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    is_given: Mapped[bool]
    text_version: Mapped[int]
    language: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    channel: Mapped[str]
    recorded_by: Mapped[str | None]


class Activity(Base):
    """Somebody did this kind of thing in this process (0: in none) on this day.

    No number, no hour: the order of rows cannot be laid beside the ballots (ADR 6).
    """

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_kind", "kind", "process_id", "person_id", "on"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    on: Mapped[date] = mapped_column(primary_key=True)


class PersonTag(Base):
    """A word that officers put on a person: "interpreter", "youth council"."""

    __tablename__ = "person_tags"
    __table_args__ = (Index("ix_person_tags_tag", "tag", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class PersonNote(Base):
    """What an officer wrote down about a person for those who meet them next; the person finds it in their data."""

    __tablename__ = "person_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)


class PersonWord(Base):
    """A word of a person's name or address in its plain form. In byte order, so that an index finds how a word begins."""

    __tablename__ = "person_words"

    word: Mapped[str] = mapped_column(
        String().with_variant(String(collation="C"), "postgresql"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
