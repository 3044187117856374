"""Addresses that are not written to: their mail came back, their reader complained, or an officer wrote them down.

No address stands here, only what the site's key makes of it: whoever reads the table learns of nobody. Circulars go to none of
them, notices to all but those where there is no mailbox (F4). Codes go everywhere, because whoever asks for one must be able to
sign in; and a code that was typed in proves that the mailbox is read after all, so what came back is then forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import audit, clock
from app.core.db import Base, Instant, add_new, ask, count_changed, db
from app.core.errors import NotFound
from app.mail.keys import key_for
from app.mail.verdicts import Verdict

REASONS = ("soft", "hard", "complaint", "hand")
"""Why an address is not written to, the weakest first: a later reason takes the place of a weaker one."""
MOST_SOFT = 3
SOFT_COUNTS = timedelta(days=180)
_HASH_LENGTH = 16
_ASKED_AT_ONCE = 5_000
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@]+@[^\s<>\"'(),:;@]+")


class Suppression(Base):
    """An address by its hash. Without a reason it is written to; only its soft failures are counted.

    `answer` is the last word of a mail server, without addresses.
    """

    __tablename__ = "suppressions"
    __table_args__ = (CheckConstraint("reason IN ('', 'soft', 'hard', 'complaint', 'hand')", name="reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    reason: Mapped[str]
    soft_failures: Mapped[int]
    answer: Mapped[str]
    since: Mapped[datetime] = mapped_column(Instant)


_ANY = select(exists().where(Suppression.reason != ""))


def hash_of(address: str) -> bytes:
    """What the site's key makes of an address as mail goes there (its domain in ASCII); capitals do not matter."""
    return blake2b(
        address.strip().lower().encode(), digest_size=_HASH_LENGTH, key=key_for("suppression")
    ).digest()


def which(addresses: Iterable[str]) -> dict[str, str]:
    """Those of these addresses that are suppressed, each with its reason. A question to the database for every 5,000."""
    found: dict[str, str] = {}
    if not ask(_ANY).scalar():
        return found  # nothing to compare a hundred thousand hashes with
    waiting = iter(addresses)
    while some := list(islice(waiting, _ASKED_AT_ONCE)):
        hashed: dict[bytes, list[str]] = {}
        for one in some:
            hashed.setdefault(hash_of(one), []).append(one)
        for one_hash, reason in ask(_finding(), {"hashes": list(hashed)}):
            found |= dict.fromkeys(hashed[bytes(one_hash)], reason)
    return found


def find(address: str) -> Suppression | None:
    """What is known against this address; one that is only counted has no reason."""
    asked = select(Suppression).where(Suppression.address_hash == hash_of(address))
    return db.session.scalar(asked.execution_options(populate_existing=True))


def get(number: int) -> Suppression:
    """The row of this number. Raises: NotFound."""
    row = db.session.get(Suppression, number)
    if row is None:
        raise NotFound
    return row


def count_by_reason() -> dict[str, int]:
    """How many addresses are suppressed, by reason."""
    counted = select(Suppression.reason, func.count()).where(Suppression.reason != "")
    return {reason: number for reason, number in db.session.execute(counted.group_by(Suppression.reason))}


def note_failure(address: str, verdict: Verdict, answer: str) -> None:
    """Hold against an address that mail to it failed: where there is no mailbox once is enough, else three times."""
    if verdict is Verdict.HARD:
        suppress(address, "hard", answer)
    elif verdict is Verdict.SOFT:
        hashed = _have(address)
        mine = update(Suppression).where(Suppression.address_hash == hashed)
        now = {"answer": masked(answer), "since": clock.now()}
        ask(mine.where(Suppression.reason == "").values(soft_failures=Suppression.soft_failures + 1, **now))
        ask(
            mine.where(Suppression.reason == "", Suppression.soft_failures >= MOST_SOFT).values(reason="soft")
        )


def suppress(address: str, reason: str, answer: str = "") -> None:
    """Write to this address no more; a stronger reason that stands already stays."""
    weaker = ("", *REASONS[: REASONS.index(reason)])
    mine = update(Suppression).where(
        Suppression.address_hash == _have(address), Suppression.reason.in_((*weaker, reason))
    )
    ask(mine.values(reason=reason, answer=masked(answer), since=clock.now()))


def suppress_for(actor: str, address: str) -> None:
    """An officer writes an address down: its reader asked for it, or it is known to be wrong."""
    suppress(address, "hand")
    row = find(address)
    audit.record(actor, "mail.suppress", f"suppression:{row.id if row else 0}")


def release(actor: str, row: Suppression) -> None:
    """An officer lets an address be written to again; what was counted against it is forgotten."""
    audit.record(actor, "mail.release", f"suppression:{row.id}", reason=row.reason)
    db.session.delete(row)
    db.session.flush()


def trust(address: str) -> None:
    """Somebody has read what was sent there: forget what came back. What its reader or an officer said stays."""
    came_back = Suppression.reason.in_(("", "soft", "hard"))
    ask(delete(Suppression).where(Suppression.address_hash == hash_of(address), came_back))


def forget_old() -> int:
    """Forget failures that are too few and too long ago; returns how many addresses."""
    counted = delete(Suppression).where(Suppression.reason == "")
    return count_changed(counted.where(Suppression.since < clock.now() - SOFT_COUNTS))


def masked(answer: str) -> str:
    """A mail server's answer in one line, without the addresses that it names."""
    return _ADDRESS.sub("…", " ".join(answer.split()))[:300]


def _have(address: str) -> bytes:
    hashed = hash_of(address)
    row = {"address_hash": hashed, "reason": "", "soft_failures": 0, "answer": "", "since": clock.now()}
    add_new(Suppression, row)
    return hashed


@cache
def _finding() -> Any:
    asked = Suppression.address_hash.in_(bindparam("hashes", expanding=True))
    return select(Suppression.address_hash, Suppression.reason).where(asked, Suppression.reason != "")
