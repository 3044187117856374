"""Every place where the database names a person, and what becomes of it: the one table that download, erasure and merging read.

A feature that adds such a table adds its line here; a guard compares with the schema. A line is a table and the column that
names the person: by number (a key to `persons`), by address or its hash, or as an actor (`person:7`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """How a column names a person."""

    NUMBER = "number"
    ADDRESS = "address"
    HASH = "hash"
    """By what the site's key makes of an address."""
    ACTOR = "actor"


class AtErasure(StrEnum):
    """What becomes of the rows when the person goes."""

    DELETE = "delete"
    DELETE_LAST = "delete-last"
    """As long as a vote is open in which the person has voted, this is what keeps them from voting again."""
    KEEP = "keep"
    """The rows stay, and name a number that is nobody any more."""


class AtMerge(StrEnum):
    """What becomes of the rows of an account that is merged into another one."""

    MOVE = "move"
    """They become the other's; those that the other has already stay with the number."""
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True)
class Holding:
    """A column that names people. `hidden` columns are secrets or mean nothing outside: no download shows them."""

    table: str
    column: str
    at_erasure: AtErasure
    at_merge: AtMerge
    by: By = By.NUMBER
    hidden: tuple[str, ...] = ()


_DELETE, _LAST, _KEEP = AtErasure.DELETE, AtErasure.DELETE_LAST, AtErasure.KEEP
_MOVE, _GONE, _STAY = AtMerge.MOVE, AtMerge.DELETE, AtMerge.KEEP
HOLDINGS = (
    # Of the account the number stays: rolls and the chain of acts name it. Everything else in the row is emptied.
    Holding("persons", "id", _KEEP, _STAY, hidden=("sessions_from",)),
    Holding("contact_points", "person_id", _LAST, _MOVE),
    Holding("other_contact_points", "person_id", _DELETE, _MOVE, hidden=("noted_by",)),
    Holding("census_matches", "person_id", _LAST, _MOVE, hidden=("identity_hash",)),
    # Who has voted stays counted: roll = hopper + box must hold for ever. What somebody voted is nowhere.
    Holding("ballot_roll", "person_id", _KEEP, _MOVE),
    Holding("ballot_drafts", "person_id", _DELETE, _GONE, hidden=("sealed",)),
    Holding("consents", "person_id", _DELETE, _MOVE, hidden=("recorded_by",)),
    Holding("activities", "person_id", _DELETE, _MOVE),
    Holding("person_tags", "person_id", _DELETE, _MOVE),
    Holding("person_notes", "person_id", _DELETE, _MOVE, hidden=("made_by",)),
    Holding("person_words", "person_id", _DELETE, _GONE),
    Holding("failed_checks", "person_id", _DELETE, _MOVE),
    Holding("waiting_checks", "person_id", _DELETE, _GONE, hidden=("sealed",)),
    # The code stays: of a used one the number is what keeps it from being used again.
    Holding("paper_codes", "used_by", _KEEP, _MOVE, hidden=("identity_hash", "code_hash")),
    Holding("correction_requests", "person_id", _DELETE, _MOVE, hidden=("answered_by",)),
    Holding("association_members", "person_id", _DELETE, _MOVE),
    # The copy in the outbox bears the number that it was written to: of two accounts that become one, the rows stay apart.
    Holding("mailing_recipients", "person_id", _DELETE, _STAY),
    Holding("sms_messages", "person_id", _DELETE, _STAY, hidden=("key",)),
    Holding("sessions", "person_id", _DELETE, _GONE, hidden=("token_hash", "code_id")),
    Holding("second_factors", "person_id", _DELETE, _GONE, hidden=("seed", "last_step")),
    Holding("recovery_codes", "person_id", _DELETE, _GONE, hidden=("code_hash",)),
    Holding("one_time_links", "person_id", _DELETE, _GONE, hidden=("token_hash", "seed")),
    Holding(
        "sign_in_codes", "normalized", _DELETE, _STAY, By.ADDRESS, hidden=("handle", "code_hash", "link_hash")
    ),
    Holding("outbox_messages", "recipient", _DELETE, _STAY, By.ADDRESS, hidden=("key", "message_id")),
    # Stays: a complaint binds the council also when it meets the address again. It says nothing to whoever lacks the address.
    Holding("suppressions", "address_hash", _KEEP, _STAY, By.HASH, hidden=("address_hash",)),
    # What staff did is their office's, not their own: it stays under the number.
    Holding("audit_entries", "actor", _KEEP, _STAY, By.ACTOR, hidden=("link",)),
    Holding("audit_entries", "subject", _KEEP, _STAY, By.ACTOR, hidden=("link",)),
    Holding("consents", "recorded_by", _KEEP, _STAY, By.ACTOR, hidden=("person_id",)),
    Holding("correction_requests", "answered_by", _KEEP, _STAY, By.ACTOR, hidden=("person_id", "message")),
    Holding("other_contact_points", "noted_by", _KEEP, _STAY, By.ACTOR, hidden=("person_id", "words")),
    Holding("person_notes", "made_by", _KEEP, _STAY, By.ACTOR, hidden=("person_id", "text")),
    Holding("census_imports", "actor", _KEEP, _STAY, By.ACTOR),
    Holding("census_imports", "applied_by", _KEEP, _STAY, By.ACTOR),
    Holding("census_imports", "undone_by", _KEEP, _STAY, By.ACTOR),
    Holding("segment_versions", "made_by", _KEEP, _STAY, By.ACTOR),
    Holding("segment_exports", "made_by", _KEEP, _STAY, By.ACTOR),
    Holding("mailings", "made_by", _KEEP, _STAY, By.ACTOR),
    Holding("mailings", "confirmed_by", _KEEP, _STAY, By.ACTOR),
    Holding("mailing_switches", "changed_by", _KEEP, _STAY, By.ACTOR),
    Holding("watches", "changed_by", _KEEP, _STAY, By.ACTOR),
    Holding("sms", "made_by", _KEEP, _STAY, By.ACTOR),
)
