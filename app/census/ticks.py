"""Ticks: as which people of the lists somebody has voted in a process whose box is still open.

Accounts come and go, are matched, merged and erased; who is ticked off has voted, whatever becomes of the account.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, select

from app.census.models import CensusMatch, CensusTick
from app.core.db import add_new, ask

_TICK: Any = CensusTick.__table__
_MATCH: Any = CensusMatch.__table__
_OF_IDENTITY = (
    select(_TICK.c.process_id)
    .where(_TICK.c.list_id == bindparam("list"), _TICK.c.identity_hash == bindparam("identity"))
    .limit(1)
)
_OF_LIST = select(_TICK.c.process_id).where(_TICK.c.list_id == bindparam("list")).limit(1)


def tick(process_id: int, list_id: int, identity_hash: bytes) -> bool:
    """Note that this person votes; False when it is noted already. Whoever does it at the same moment is waited for."""
    row = {"process_id": process_id, "id": secrets.token_hex(16)}
    return bool(add_new(CensusTick, {**row, "list_id": list_id, "identity_hash": identity_hash}))


def is_ticked(list_id: int, identity_hash: bytes) -> bool:
    """Whether somebody has voted as this person in a process whose box is open."""
    return ask(_OF_IDENTITY, {"list": list_id, "identity": identity_hash}).first() is not None


def is_in_use(list_id: int) -> bool:
    """Whether somebody has voted by this list in a process whose box is open."""
    return ask(_OF_LIST, {"list": list_id}).first() is not None


def list_unticked(process_id: int, people: Select[Any]) -> list[int]:
    """Those of these people as whom, by what the lists know of them now, nobody is ticked off in the process."""
    theirs = and_(
        _TICK.c.process_id == process_id,
        _TICK.c.list_id == _MATCH.c.list_id,
        _TICK.c.identity_hash == _MATCH.c.identity_hash,
    )
    missing = select(_MATCH.c.person_id).outerjoin(_TICK, theirs)
    return list(ask(missing.where(_TICK.c.id.is_(None), _MATCH.c.person_id.in_(people))).scalars())


def lift(process_id: int) -> None:
    """Forget the ticks of a process: no ballot is taken any more."""
    ask(delete(_TICK).where(_TICK.c.process_id == process_id))
