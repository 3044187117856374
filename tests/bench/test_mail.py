"""A mailing leaves faster than a bare loop that writes each copy, and half as fast as one with nothing to write."""

from __future__ import annotations

import pytest

from tests.bench import mail, mailing

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(
        mail.SINK is None, reason="smtp-sink is not installed (apt install postfix: it starts a mail server)"
    ),
]


def test_the_outbox_is_emptied_half_as_fast_as_bytes_can_be_sent() -> None:
    for found in mail.measure(3000):
        print(found)
        assert found["of_building"] >= 1.5
        assert found["of_built_before"] >= 0.5
        assert found["prepared_100000_seconds"] <= 60


def test_a_mailing_is_prepared_at_a_pace_of_a_hundred_thousand_readers_a_minute() -> None:
    found = mailing.measure(10_000)
    print(found)
    assert found["copies"] == 9_000
    assert found["prepared_100000_seconds"] <= 60
