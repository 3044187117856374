"""What everybody may have of the ballots, as files: the receipts of the closed box, the signed chain of the counts.

Each is kept as soon as it changes (`keeping.keep_file`): the chain with every link, the receipts when the box is closed."""

from __future__ import annotations

import json

from app.ballots import queries, rules
from app.core.seal import site_secret

RECEIPTS, CHAIN = "receipts.txt", "chain.json"


def receipts(process_id: int) -> bytes:
    """The SHA-256 of every receipt, sorted, one a line: as many lines as ballots."""
    return "".join(f"{one}\n" for one in queries.list_receipts(process_id)).encode()


def chain(process_id: int) -> bytes:
    """The signed chain for scrutineers, as JSON: statements as they were signed, Ed25519 signatures, the public key."""
    said = {
        "public_key": rules.public_key(site_secret()),
        "links": [
            {"statement": link.statement.as_bytes().decode(), "signature": link.signature}
            for link in queries.list_links(process_id)
        ],
    }
    return json.dumps(said, separators=(",", ":")).encode()
