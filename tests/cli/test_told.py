"""A person is told each finding once, grave ones again every day, and their end; never a storm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.care import told
from cli.care.told import MOST_A_DAY, Told, compare
from cli.doctor.finding import Finding

NOW = datetime(2031, 5, 1, 9, tzinfo=UTC)
GRAVE = Finding("C101", True, "civic-worker.service does not run", "x", "y")
LIGHT = Finding("C306", False, "the host wants a restart", "x", "y")
LOOK = timedelta(minutes=5)


def test_a_new_finding_is_told_once() -> None:
    first = compare(NOW, [GRAVE, LIGHT], Told())
    assert [one.code for one in first.new] == ["C101", "C306"]
    assert not compare(NOW + LOOK, [GRAVE, LIGHT], first.after)


def test_what_nobody_took_is_told_at_the_next_look() -> None:
    first = compare(NOW, [GRAVE], Told())
    again = compare(NOW + LOOK, [GRAVE], first.quiet)
    assert [one.since for one in again.new] == [NOW]


def test_grave_findings_are_told_again_after_a_day_and_others_are_not() -> None:
    after = compare(NOW, [GRAVE, LIGHT], Told()).after
    assert not compare(NOW + timedelta(hours=23), [GRAVE, LIGHT], after)
    day = compare(NOW + timedelta(hours=24), [GRAVE, LIGHT], after)
    assert ([one.code for one in day.still], day.new, day.over) == (["C101"], (), ())
    assert not compare(NOW + timedelta(hours=25), [GRAVE, LIGHT], day.after)


def test_its_end_is_told_once_it_stayed_away_for_a_while() -> None:
    after = compare(NOW, [GRAVE], Told()).after
    gone = compare(NOW + LOOK, [], after)
    assert not gone
    over = compare(NOW + 3 * LOOK, [], gone.quiet)
    assert [one.code for one in over.over] == ["C101"]
    assert over.after.standing == ()
    assert not compare(NOW + 4 * LOOK, [], over.after)


def test_one_that_comes_and_goes_is_one() -> None:
    state = compare(NOW, [GRAVE], Told()).after
    letters = 0
    for number in range(1, 100):
        news = compare(NOW + number * LOOK, [GRAVE] if number % 2 else [], state)
        letters += bool(news)
        state = news.after if news else news.quiet
    assert letters == 0


def test_the_end_of_what_was_never_told_is_not_told() -> None:
    quiet = compare(NOW, [GRAVE], Told()).quiet
    quiet = compare(NOW + LOOK, [], quiet).quiet
    assert not compare(NOW + 3 * LOOK, [], quiet)


def test_other_numbers_are_the_same_finding_and_other_names_are_not() -> None:
    after = compare(NOW, [Finding("C403", True, "the certificate ends in 13 days", "", "")], Told()).after
    assert not compare(NOW + LOOK, [Finding("C403", True, "the certificate ends in 12 days", "", "")], after)
    other = Finding("C101", True, "caddy.service does not run", "", "")
    assert compare(NOW, [other], compare(NOW, [GRAVE], Told()).after).new


def test_there_is_no_storm() -> None:
    state, letters = Told(), 0
    for number in range(200):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        news = compare(NOW + number * LOOK, [Finding("C101", True, f"{name} does not run", "", "")], state)
        letters += bool(news)
        state = news.after if news else news.quiet
    assert letters == MOST_A_DAY


def test_what_is_remembered_is_read_back_and_a_broken_file_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / told.FILE
    after = compare(NOW, [GRAVE, LIGHT], Told()).after
    told.write(path, after)
    assert told.read(path) == after
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('{"standing": [{"key": 1}]')
    assert told.read(path) == Told()
