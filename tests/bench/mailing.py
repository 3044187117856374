"""How long a mailing takes from its hour until every copy waits in the outbox: `python -m tests.bench.mailing [READERS]`.

A mailing on PostgreSQL to a segment, with a district and an own link to stop in each copy; consent, address, suppression and
other mailings are asked of every reader. Floor: as many copies put into the outbox with nothing asked (tests.bench.mail).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.db import db
from app.mail import outbox
from app.mail.circulars import Circular
from app.mail.outbox import Copy
from app.readers import queries
from app.readers.models import Mailing
from app.sending import copies
from tests.bench.segments import FILL
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site
from tests.web.readers import confirm, draft
from tests.web.rolls import bring, file_of, make_list, row

CONSENTS = """INSERT INTO consents (person_id, purpose, is_given, text_version, language, at, channel)
    SELECT n, 'newsletter', n % 10 > 0, 1, 'fr', now(), 'page' FROM generate_series(1, :people) n"""
BODY = (
    "Hello {name|neighbour} of {district|Valclair},\n\n"
    + "Something **happened**, and this is about it.\n\n" * 40
)
WORDS = {"subject": "News of {site}", "body": BODY}


def fill(readers: int) -> None:
    """A town of so many accounts with addresses and a census; nine of ten consent."""
    bring(make_list("Roll"), file_of(row(1)))
    for statement in (*FILL[:4], CONSENTS):
        db.session.execute(text(statement), {"people": readers})
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def prepare(mailing: Mailing) -> float:
    """Seconds from its hour until the last copy waits."""
    mailing.send_at = clock.now()
    db.session.commit()
    begun = time.monotonic()
    copies.begin(mailing.id)
    db.session.commit()
    while copies.hand_over(mailing.id, most_ahead=10**9):
        db.session.commit()
    db.session.commit()
    return time.monotonic() - begun


def floor(number: int) -> float:
    """Seconds for as many copies with nothing asked."""
    circular = Circular(
        language="fr", subject=["News"], text=["Hello ", "name"], html=[], created_at=clock.now()
    )
    db.session.add(circular)
    db.session.flush()
    begun = time.monotonic()
    fields = {"name": "Ana", "unsubscribe_url": "https://x.example/1"}
    rows = (Copy(f"f{n}@example.org", f"floor:{n}", fields) for n in range(number))
    outbox.enqueue_circular(circular.id, rows, send_at=clock.now())
    db.session.commit()
    return time.monotonic() - begun


def measure(readers: int) -> dict[str, float]:
    """The whole way beside its floor."""
    with cluster(is_durable=True) as address, tempfile.TemporaryDirectory() as folder:
        settings = make_settings(address, Path(folder), mail_quiet_hours="")
        with empty_site(settings) as app, app.app_context():
            return _measure(app, readers)


def _measure(app: Flask, readers: int) -> dict[str, float]:
    fill(readers)
    mailing = draft(texts={language: WORDS for language in app.config["CIVIC"].languages})
    confirm(mailing)
    whole, counts = prepare(mailing), queries.tally(mailing.id)
    copied = counts["handed"]
    bare = floor(copied)
    return {
        "readers": readers, "copies": copied, "left_out": readers - copied, "seconds": round(whole, 1),
        "floor_seconds": round(bare, 1), "of_floor": round(whole / bare, 1),
        "prepared_100000_seconds": round(whole * 100_000 / readers, 1),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)))
