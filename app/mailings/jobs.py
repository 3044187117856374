"""The worker's part in writing mailings: it finds out what an officer's page will not wait for."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.mailings import links, trying


def try_out() -> None:
    """Find out who would get mailings to very many."""
    for number in trying.list_wished():
        trying.carry_out(number)
        db.session.commit()
    trying.forget_old()
    db.session.commit()


JOBS = (
    Job("look at the links of mailings", 3.0, links.look, limit_seconds=900.0),
    Job("find out who would get mailings", 2.0, try_out, limit_seconds=900.0),
)
