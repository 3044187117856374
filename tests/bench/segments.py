"""How long a segment takes to count, beside a count of the same question written by hand.

`python -m tests.bench.segments [PEOPLE]`: a town on PostgreSQL with as many accounts as told (100,000 unless told), each on a
census list, and five things done by each. Its segment has six conditions, two of them about what people did, one of these
negated. Floor: the same question as SQL by hand.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.people import search
from app.segments import queries, rules
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.web.rolls import bring, file_of, make_list, row

ROUNDS = 5
FILL = (
    """INSERT INTO persons (id, display_name, language, role, created_at, sessions_from)
       SELECT n, initcap(substr(md5('g' || n % 5000), 1, 7)) || ' ' || initcap(substr(md5('f' || n % 40000), 1, 8)),
              (ARRAY['fr', 'es', 'en'])[1 + n % 3], 'resident', now() - n % 900 * interval '1 day', now()
       FROM generate_series(1, :people) n""",
    """INSERT INTO contact_points (person_id, kind, address, normalized, confirmed_at)
       SELECT n, 'email', 'p' || n || '@example.org', 'p' || n || '@example.org', CASE WHEN n % 20 > 0 THEN now() END
       FROM generate_series(1, :people) n""",
    """INSERT INTO census_entries (list_id, identity_hash, family_hash, used_family_hash, given_hash, birth_on, birth_year, sex,
       district, language, valid_from, added_by)
       SELECT 1, decode(md5('i' || n), 'hex'), decode(md5('a' || n), 'hex'), '', decode(md5('b' || n), 'hex'),
              date '1926-01-01' + (n * 37 % 36000), extract(year FROM date '1926-01-01' + (n * 37 % 36000)),
              (ARRAY['f', 'm'])[1 + n / 7 % 2], 'District ' || n / 3 % 20, 'fr', '2026-01-01', 1
       FROM generate_series(1, :people) n""",
    """INSERT INTO census_matches SELECT n, 1, decode(md5('i' || n), 'hex'), 2, 'self', now()
       FROM generate_series(1, :people) n""",
    """INSERT INTO activities SELECT person, kind, CASE WHEN kind IN ('began', 'voted') THEN process ELSE 0 END,
              CURRENT_DATE - CASE kind WHEN 'registered' THEN person % 900 WHEN 'signed_in' THEN person * (7 + j) % 700
                                       ELSE process * 60 + person % 20 END
       FROM (SELECT 1 + n / 5 AS person, n % 5 AS j, 1 + (n / 5 * 7 + n % 5) % 12 AS process,
                    CASE WHEN n % 5 = 0 THEN 'registered' WHEN n % 5 = 3 AND n / 5 % 10 < 4 THEN 'voted'
                         WHEN n % 5 = 4 AND n / 5 % 10 < 2 THEN 'voted' WHEN n % 5 = 4 AND n / 5 % 10 < 7 THEN 'began'
                         ELSE 'signed_in' END AS kind
             FROM generate_series(0, 5 * :people - 1) n) done
       ON CONFLICT DO NOTHING""",
    "INSERT INTO person_tags SELECT n, 'tag ' || n % 50 FROM generate_series(1, :people, 10) n",
    """INSERT INTO person_words SELECT DISTINCT word, n FROM generate_series(1, :people) n,
       LATERAL (VALUES (substr(md5('g' || n % 5000), 1, 7)), (substr(md5('f' || n % 40000), 1, 8)),
       ('p' || n || '@example.org'), ('p' || n)) w(word)""",
)
RULE = {
    "all": [
        {"field": "age", "relation": "between", "from": 16, "to": 64},
        {"field": "sex", "relation": "is", "sex": "f"},
        {"field": "district", "relation": "one-of", "districts": [f"District {n}" for n in range(10)]},
        {"any": [
            {"field": "language", "relation": "is", "language": "fr"},
            {"field": "activity", "relation": "in-last", "kind": "began", "days": 200},
        ]},
        {"not": {"field": "activity", "relation": "ever", "kind": "voted", "process": 3}},
    ]
}  # fmt: skip
BY_HAND = """
SELECT count(*) FROM persons p JOIN census_matches m ON m.person_id = p.id
JOIN census_entries e ON e.list_id = m.list_id AND e.identity_hash = m.identity_hash AND e.valid_until IS NULL
LEFT JOIN (SELECT DISTINCT person_id FROM activities WHERE kind = 'began' AND "on" >= CURRENT_DATE - 200) began
  ON began.person_id = p.id
WHERE p.disabled_at IS NULL AND e.sex = 'f' AND e.birth_on <= CURRENT_DATE - interval '16 years'
  AND e.birth_on > CURRENT_DATE - interval '65 years' AND e.district = ANY(:districts)
  AND (p.language = 'fr' OR began.person_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM activities a WHERE a.person_id = p.id AND a.kind = 'voted' AND a.process_id = 3)
"""
WIDE = {
    "all": [
        {"field": "list", "relation": "on", "list": 1},
        {"field": "age", "relation": "between", "from": 18},
        {"field": "address", "relation": "confirmed"},
        {"field": "engagement", "relation": "at-least", "engagement": "supporter"},
        {"field": "activity", "relation": "ever", "kind": "began"},
        {"not": {"field": "activity", "relation": "in-last", "kind": "voted", "days": 150}},
    ]
}
"""Holds of a large part of the town: the hardest kind of rule, since nothing narrows it."""
SEARCHES = ("p77", "p4242@example.org", "a1", "c81 e7", "zzz", "0f3a")


def main(people: int = 100_000) -> dict[str, float]:
    """Make the town, measure, print one line of JSON."""
    with cluster(is_durable=False) as server, TemporaryDirectory(prefix="civic-bench-") as folder:
        site = create_app(make_settings(server, Path(folder)))
        with site.app_context():
            migrating.migrate()
            fill(people)
            figures = measure()
            db.session.remove()
            db.engine.dispose()
    print(json.dumps(figures))
    return figures


def fill(people: int) -> None:
    """The town."""
    bring(make_list(), file_of(row(0)))
    for statement in FILL:
        db.session.execute(text(statement), {"people": people} if ":people" in statement else {})
        db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def measure() -> dict[str, float]:
    """Seconds of each count (the middle one of five), their ratio, and of the slowest twentieth of searches."""
    narrow, wide = rules.parse(RULE), rules.parse(WIDE)
    asked = {"districts": [f"District {n}" for n in range(10)]}
    counted = queries.count(narrow)
    assert counted == db.session.scalar(text(BY_HAND), asked), "two counts of one question differ"
    ours = timed(lambda: queries.count(narrow))
    floor = timed(lambda: db.session.scalar(text(BY_HAND), asked))
    searches = sorted(once(lambda term=term: search.find_people(term)) for term in SEARCHES * 20)  # type: ignore[misc]
    return {
        "people": counted,
        "count_seconds": round(ours, 3),
        "by_hand_seconds": round(floor, 3),
        "ratio": round(ours / floor, 2),
        "wide_people": queries.count(wide),
        "wide_seconds": round(timed(lambda: queries.count(wide)), 3),
        "sample_seconds": round(timed(lambda: queries.sample(wide)), 3),
        "search_p95_seconds": round(searches[len(searches) * 95 // 100], 4),
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds of the work: the middle of some rounds."""
    return statistics.median(once(work) for _ in range(ROUNDS))


def once(work: Callable[[], object]) -> float:
    """Seconds of the work, in a transaction of its own."""
    begun = time.monotonic()
    work()
    db.session.rollback()
    return time.monotonic() - begun


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
