"""`civic status` on the outbox: a line a lane, no zeros that say nothing, and the mail server's absence first."""

from __future__ import annotations

from cli.care import letters

QUIET = {"waiting": 0, "leased": 0, "paused": 0, "sent_today": 3, "failed": 0, "oldest_waiting_seconds": 0}


def test_a_calm_outbox_is_a_line_a_lane() -> None:
    lanes = {"codes": QUIET, "mailings": QUIET}
    said = dict(letters.rows({"held": 0, "server_away_seconds": None, "lanes": lanes}))
    assert said == {"Letters": "codes: 0 waiting, 3 sent today\nmailings: 0 waiting, 3 sent today"}


def test_what_waits_is_told_with_its_reasons() -> None:
    busy = {
        "waiting": 50,
        "leased": 10,
        "paused": 20,
        "sent_today": 0,
        "failed": 2,
        "oldest_waiting_seconds": 7300,
    }
    said = dict(letters.rows({"held": 4, "server_away_seconds": 0, "lanes": {"mailings": busy}}))
    assert said["Mail away"].startswith("it has taken no letter for 0 s")
    assert said["Letters"] == (
        "mailings: 50 waiting, 10 on the wire, 20 paused, the oldest for 2.0 h, 0 sent today, 2 failed in a month"
    )
    assert said["Letters held"].startswith("4")


def test_sms_are_told_when_some_wait() -> None:
    assert dict(letters.sms_rows({"waiting": 0, "oldest_waiting_seconds": 0})) == {}
    assert dict(letters.sms_rows({"waiting": 3, "oldest_waiting_seconds": 0})) == {"SMS": "3 waiting"}
    said = dict(letters.sms_rows({"waiting": 3, "oldest_waiting_seconds": 7300}))
    assert said == {"SMS": "3 waiting, the oldest for 2.0 h"}
