"""Many residents who have voted, and a mailing on its way: rows as the site itself would have written them, laid in by SQL."""

from __future__ import annotations

from tests.machine.host import Host

RESIDENTS = """
WITH made AS (
  INSERT INTO persons (display_name, language, role, created_at, sessions_from)
  SELECT '', 'fr', 'resident', now(), now() FROM generate_series(1, {number}) RETURNING id
), reached AS (
  INSERT INTO contact_points (person_id, kind, address, normalized, confirmed_at)
  SELECT id, 'email', 'r' || id || '@population.example', 'r' || id || '@population.example', now() FROM made
)
INSERT INTO ballot_roll (process_id, person_id, channel, voted_on)
SELECT (SELECT id FROM processes WHERE slug = '{slug}'), id, 'online', current_date FROM made;

INSERT INTO ballot_box (process_id, id, choices, receipt_hash)
SELECT process.id, md5('ballot' || n || random()), '{{"choices": ["' || ref || '"], "points": null}}',
       encode(sha256(('receipt' || n)::bytea), 'hex')
FROM generate_series(1, {number}) n
CROSS JOIN (SELECT id FROM processes WHERE slug = '{slug}') process
CROSS JOIN LATERAL (
  SELECT ref FROM projects WHERE process_id = process.id ORDER BY position OFFSET n % 3 LIMIT 1
) project;
ANALYZE;
"""
MAILING = """
INSERT INTO outbox_messages
  (key, message_id, lane, recipient, subject, text, secret, state, attempts, created_at, next_at, answer)
SELECT 'mailing:' || n, '<mailing-' || n || '@valclair.example>', 2, 'm' || n || '@mailing.example', 'News ' || n,
       'Something happens in Valclair.', false, 'waiting', 0, now(), now(), ''
FROM generate_series(1, {number}) n;
"""


def populate(host: Host, slug: str, number: int) -> None:
    """So many residents, each with a confirmed address, a place on the roll and a ballot in the box."""
    _run(host, RESIDENTS.format(slug=slug, number=number))


def begin_mailing(host: Host, number: int) -> None:
    """So many letters that may wait, one to each recipient `m1@mailing.example` …"""
    _run(host, MAILING.format(number=number))


def _run(host: Host, script: str) -> None:
    psql = ("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "civic")
    host.run("runuser", "-u", "civic", "--", *psql, stdin=script)
