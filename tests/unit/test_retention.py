"""Which sets may go: never the newest, never what a generation needs, never anything before a newer one was proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.backup_stores import Keep
from cli.sets.retention import list_spare
from cli.sets.stores.store import SetEntry

ZONE = "Europe/Paris"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def nights(number: int) -> list[SetEntry]:
    """A set a night, the newest last."""
    days = [NOW - timedelta(days=ago) for ago in reversed(range(number))]
    return [SetEntry(f"{day:%Y%m%dT%H%M%SZ}-0000", day, 1) for day in days]


def test_without_a_proved_set_nothing_goes() -> None:
    assert list_spare(nights(1000), Keep(), ZONE, set(), set()) == []


def test_nothing_goes_that_is_not_older_than_the_newest_proved_set() -> None:
    sets = nights(100)
    one_day = Keep(days=1, weeks=0, months=0, half_years=0, years=0)
    assert list_spare(sets, one_day, ZONE, {sets[50].id}, set()) == sets[:50]


def test_generations_stay_for_years() -> None:
    sets = nights(4 * 365)
    gone = list_spare(sets, Keep(), ZONE, {sets[-1].id}, set())
    left = [one for one in sets if one not in gone]
    assert left[-7:] == sets[-7:]
    assert 16 <= len(left) <= 7 + 5 + 12 + 2 + 5
    assert {one.made_at.year for one in left} == {2022, 2023, 2024, 2025, 2026}
    assert (
        len(
            {(one.made_at.year, one.made_at.month) for one in left if one.made_at > NOW - timedelta(days=364)}
        )
        == 12
    )


def test_a_set_that_a_drill_found_bad_stands_for_no_generation() -> None:
    sets = nights(3)
    daily = Keep(days=2, weeks=0, months=0, half_years=0, years=0)
    gone = list_spare(sets, daily, ZONE, {sets[2].id}, {sets[1].id})
    assert gone == [sets[1]]


def test_the_last_good_set_stays_when_all_newer_ones_are_bad() -> None:
    sets = nights(30)
    bad = {one.id for one in sets[10:]}
    gone = list_spare(sets, Keep(days=1, weeks=0, months=0, half_years=0, years=0), ZONE, {sets[9].id}, bad)
    assert sets[9] not in gone
    assert gone == sets[:9]


@given(st.integers(1, 400), st.sets(st.integers(0, 399)), st.sets(st.integers(0, 399)), st.integers(1, 9))
def test_the_newest_proved_set_and_all_after_it_always_stay(
    number: int, proved: set[int], bad: set[int], days: int
) -> None:
    sets = nights(number)
    verified = {sets[one].id for one in proved - bad if one < number}
    gone = list_spare(
        sets, Keep(days, 0, 0, 0, 0), ZONE, verified, {sets[one].id for one in bad if one < number}
    )
    newest = max((one.made_at for one in sets if one.id in verified), default=None)
    assert all(newest is not None and one.made_at < newest for one in gone)
