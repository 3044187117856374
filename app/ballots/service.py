"""Casting a ballot, and drafts of ballots. What happens to the box afterwards is in `keeping`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, delete, false, select, update

from app.ballots import queries, rules
from app.ballots.errors import VotedAlready, VotingClosed, VotingNotOpen
from app.ballots.models import Draft, HopperBallot, RollEntry
from app.census import matching, ticks
from app.core import clock, seal
from app.core.db import add_new, ask, db, for_each_dialect
from app.processes import queries as processes
from app.processes.models import Process
from app.processes.rules import Stage

_DRAFT: Any = Draft.__table__
_DRAFT_UNLESS_VOTED = select(
    bindparam("process", type_=_DRAFT.c.process_id.type),
    bindparam("person", type_=_DRAFT.c.person_id.type),
    bindparam("sealed", type_=_DRAFT.c.sealed.type),
    false(),
).where(~queries.ON_ROLL.exists())
_DRAFT_GONE = delete(_DRAFT).where(
    _DRAFT.c.process_id == bindparam("process"), _DRAFT.c.person_id == bindparam("person")
)


@for_each_dialect
def _into_hopper(insert: Any) -> Any:
    return insert(HopperBallot.__table__)


@for_each_dialect
def _draft_kept(insert: Any) -> Any:
    kept = insert(_DRAFT).from_select(_DRAFT.c.keys(), _DRAFT_UNLESS_VOTED)
    return kept.on_conflict_do_update(
        index_elements=["process_id", "person_id"], set_={"sealed": kept.excluded.sealed}
    )


@dataclass(frozen=True)
class Confirmation:
    """What the voter is shown. `receipt` is None where the vote was cast in another browser; `is_first` once per voter."""

    reference: str
    receipt: str | None
    is_first: bool = False


def enter_roll(slug: str, person_id: int) -> tuple[Process, bool]:
    """Put the person on the roll of that process; False when there already. Comes first, in one transaction with `cast`.

    Holds the process's dates until the transaction ends, and asks the clock while holding them: whoever closes the box waits.

    In a process that asks for lists, whom a list knows is ticked off there, too: one person of a list votes once, whichever
    account is theirs (guarantees A36). Who the account is stays as it is until then.

    Raises: NotFound, KeysRenewed; VotingNotOpen, VotingClosed, VotedAlready, but who is on the roll sees the confirmation.
    """
    processes.hold(slug)
    process = processes.get_published(slug)
    at = clock.now()
    entry = {
        "process_id": process.id,
        "person_id": person_id,
        "channel": "online",
        "voted_on": clock.local(at).date(),
    }
    if not add_new(RollEntry, entry):
        return process, False
    if not processes.takes_ballots(process, at):
        raise VotingNotOpen if processes.stage_of(process, at) is Stage.COMING else VotingClosed
    if process.who_may_vote.asks_lists:
        known = matching.hold_identity(person_id)
        if known and not ticks.tick(process.id, known.list_id, known.identity_hash):
            raise VotedAlready
    return process, True


def cast(process: Process, person_id: int, choices: str, key: bytes) -> Confirmation:
    """Drop the ballot of a person just put on the roll into the hopper, and delete the draft.

    `choices` is checked by the caller; `key` is the secret of the voter's browser (see `browser_key`).
    """
    code = rules.receipt_code(key, process.id, person_id)
    ballot = rules.Ballot(secrets.token_hex(16), choices, rules.receipt_hash(code))
    row = {
        "process_id": process.id,
        "id": rules.hopper_id(code),
        "sealed": rules.seal_ballot(hopper_keys(process.id)[0], ballot),
    }
    ask(_into_hopper(), row)
    drop_draft(process.id, person_id)
    return Confirmation(_reference(process.id, person_id), code, is_first=True)


def find_confirmation(process_id: int, person_id: int, key: bytes | None) -> Confirmation | None:
    """What a person on the roll is shown, as often as asked; None for others."""
    code = rules.receipt_code(key, process_id, person_id) if key else ""
    has_voted, has_ballot = queries.read_vote(process_id, person_id, code)
    if not has_voted:
        return None
    return Confirmation(_reference(process_id, person_id), code if has_ballot else None)


def keep_draft(process_id: int, person_id: int, choices: str, key: bytes) -> bool:
    """Keep choices not yet confirmed, so that only this browser can read them; nothing for those who have voted (False)."""
    sealed = seal.seal(_draft_key(key, process_id, person_id), choices.encode())
    return ask(_draft_kept(), {"process": process_id, "person": person_id, "sealed": sealed}).rowcount > 0


def drop_draft(process_id: int, person_id: int) -> None:
    """Forget a ballot begun."""
    ask(_DRAFT_GONE, {"process": process_id, "person": person_id})


def read_draft(process_id: int, person_id: int, key: bytes | None) -> tuple[bool, str | None]:
    """Whether the person has voted; and the choices kept by `keep_draft`, if there are any that this browser can read."""
    has_voted, sealed = queries.read_begun(process_id, person_id)
    if sealed is None or key is None:
        return has_voted, None
    try:
        return has_voted, seal.unseal(_draft_key(key, process_id, person_id), sealed).decode()
    except seal.Unreadable:
        return has_voted, None


def mark_reminded(process_id: int, person_id: int) -> None:
    """Note that the person was reminded of the ballot begun."""
    db.session.execute(
        update(Draft)
        .where(Draft.process_id == process_id, Draft.person_id == person_id)
        .values(is_reminded=True)
    )


def hopper_keys(process_id: int) -> list[bytes]:
    """The keys of the process's hopper: the first seals, each may open.

    They come from the ballot key, which is in neither database nor backup sets. Where a site had none, the site's secret sealed.
    """
    roots = [*(one.encode() for one in current_app.config["CIVIC"].ballot_key), seal.site_secret()]
    return [seal.derive_key(root, f"hopper:{process_id}") for root in roots]


def _draft_key(key: bytes, process_id: int, person_id: int) -> bytes:
    return seal.derive_key(key, f"draft:{process_id}:{person_id}")


def _reference(process_id: int, person_id: int) -> str:
    return rules.reference(seal.derive_key(seal.site_secret(), "reference"), process_id, person_id)
