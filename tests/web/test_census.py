"""Bringing files into a census list: compared, taken over whole or not at all, the same twice, undone, one at a time (F20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select, text, update

from app.census import queries, service
from app.census.errors import ImportRunning, NoSuchList, WrongList
from app.census.models import CensusEntry, CensusImport, CensusList, CensusReject, CensusStaged
from app.census_imports import jobs
from app.census_imports import queries as import_queries
from app.census_imports import service as imports
from app.census_imports.errors import (
    ListChanged,
    MostlyRejected,
    NotConfirmed,
    NothingToUndo,
    NotPrepared,
    TooEarly,
)
from app.core import clock, fingerprint
from app.core.audit import AuditEntry
from app.core.db import db
from app.tables.errors import FileRefused
from tests.web.rolls import bring, file_of, make_list, prepare, row, town

pytestmark = pytest.mark.both_databases


@pytest.fixture
def roll(app: Flask) -> Iterator[CensusList]:
    """An empty list, in the context of the site."""
    with app.app_context():
        g.lang = "en"
        yield make_list()


def figures(one: CensusImport) -> tuple[int, int, int, int]:
    """Added, changed, ended, rejected."""
    return one.added, one.changed, one.ended, one.rejected


def count(table: type[Any]) -> int:
    """Rows of a table."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def all_entries() -> object:
    """Every entry as it is kept."""
    db.session.commit()
    return sorted(db.session.execute(select(CensusEntry.__table__)).all(), key=lambda one: int(one.id))


def test_a_first_file_adds_everybody_and_leaves_nothing_staged(roll: CensusList) -> None:
    assert figures(bring(roll, town(40))) == (40, 0, 0, 0)
    assert queries.count_entries(roll.id) == 40
    assert count(CensusStaged) == 0


def test_comparing_changes_nothing(roll: CensusList) -> None:
    bring(roll, town(40))
    before = all_entries()
    prepare(roll, town(20))
    assert all_entries() == before


def test_the_same_file_again_changes_nothing(roll: CensusList) -> None:
    bring(roll, town(40))
    before = all_entries()
    assert figures(bring(roll, town(40))) == (0, 0, 0, 0)
    assert all_entries() == before


def test_a_new_file_adds_changes_and_ends_with_its_day(roll: CensusList) -> None:
    start, later = clock.today() - timedelta(days=9), clock.today()
    bring(roll, town(40), on=start)
    lines = [row(number) for number in range(1, 41)]
    lines[0] = row(1, district="Puerto")
    done = bring(roll, file_of(*lines), on=later)
    assert figures(done) == (1, 1, 1, 0)
    assert queries.count_entries(roll.id) == 40
    ended = db.session.scalars(select(CensusEntry).where(CensusEntry.ended_by == done.id)).all()
    assert {(one.valid_from, one.valid_until) for one in ended} == {(start, later)}
    assert len(ended) == 2
    moved = db.session.scalars(select(CensusEntry).where(CensusEntry.district == "Puerto")).one()
    assert (moved.valid_from, moved.valid_until) == (later, None)


@pytest.mark.parametrize("name", ["NÚÑEZ 1", "nunez-1", "Nuñez–1"])
def test_a_name_typed_otherwise_is_no_change(roll: CensusList, name: str) -> None:
    bring(roll, file_of(row(1), row(2)))
    assert figures(prepare(roll, file_of(row(1, name), row(2)))) == (0, 0, 0, 0)


def test_another_name_is_a_change(roll: CensusList) -> None:
    bring(roll, file_of(row(1), row(2)))
    assert figures(prepare(roll, file_of(row(1, "Prat"), row(2)))) == (0, 1, 0, 0)


def test_undo_gives_back_what_was_there_import_by_import(roll: CensusList) -> None:
    first = bring(roll, town(40))
    before = all_entries()
    second = bring(roll, file_of(*(row(number, sex="M") for number in range(2, 45))))
    assert figures(second) == (5, 38, 2, 0)
    with pytest.raises(NothingToUndo):
        imports.undo("shell", first)
    imports.undo("shell", second)
    assert all_entries() == before
    imports.undo("shell", first)
    db.session.commit()
    assert (queries.count_entries(roll.id), count(CensusEntry), first.state) == (0, 0, "undone")
    with pytest.raises(NothingToUndo):
        imports.undo("shell", first)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_undo_restores_the_fingerprint_of_before(roll: CensusList) -> None:
    def entries() -> object:
        db.session.commit()
        with fingerprint.hold(db.engine) as view:
            return view.tables()["census_entries"]

    bring(roll, town(40))
    before = entries()
    done = bring(roll, file_of(*(row(number, sex="M") for number in range(12, 60))), gone=12)
    assert entries() != before
    imports.undo("shell", done)
    assert entries() == before


def test_a_tenth_gone_passes_and_more_must_be_confirmed_by_its_number(roll: CensusList) -> None:
    bring(roll, town(40))
    assert bring(roll, file_of(*(row(number) for number in range(4, 40)))).ended == 4
    bringing = prepare(roll, file_of(*(row(number) for number in range(10, 40))))
    before = all_entries()
    for typed in (None, 5, 40):
        with pytest.raises(NotConfirmed) as refused:
            imports.apply("shell", bringing, typed)
        assert "6 of 36" in refused.value.message()
        db.session.rollback()
    assert all_entries() == before
    imports.apply("shell", bringing, 6)
    assert queries.count_entries(roll.id) == 30


def test_half_a_file_needs_the_confirmation(roll: CensusList) -> None:
    bring(roll, town(40))
    half = town(40)
    with pytest.raises(NotConfirmed):
        bring(roll, half[: half.index(b"N-00020")])


def test_half_of_the_rows_rejected_refuses_the_file(roll: CensusList) -> None:
    lines = [row(1), row(2, birth="31/02/1980"), row(3), row(4, birth="x")]
    with pytest.raises(MostlyRejected):
        bring(roll, file_of(*lines))


def test_rejects_have_line_field_and_reason_and_nothing_of_the_cell(roll: CensusList) -> None:
    lines = [row(1), row(2, birth="31/02/1980", sex="?"), row(3), row(1), row(4) + ";more"]
    bringing = bring(roll, file_of(*lines, row(5), row(6)))
    assert figures(bringing) == (4, 0, 0, 3)
    told = [(one.line, one.field, one.reason) for one in import_queries.list_rejects(bringing.id)]
    assert told == [(3, "birth", "date"), (3, "sex", "sex"), (5, "", "duplicate"), (6, "", "width")]


def test_an_entry_whose_row_is_rejected_stays_as_it_was(roll: CensusList) -> None:
    bring(roll, town(40))
    lines = [row(number) for number in range(40)]
    lines[7] = row(7, birth="31/02/1980")
    assert figures(bring(roll, file_of(*lines))) == (0, 0, 0, 1)
    assert queries.count_entries(roll.id) == 40


def test_a_file_that_breaks_off_leaves_nothing_behind(roll: CensusList) -> None:
    with pytest.raises(FileRefused):
        prepare(roll, town(40)[:-12])
    db.session.rollback()
    assert (count(CensusImport), count(CensusStaged), count(CensusReject)) == (0, 0, 0)


def test_a_file_with_a_header_only_is_refused(roll: CensusList) -> None:
    with pytest.raises(FileRefused):
        prepare(roll, file_of())


def test_a_fault_while_the_file_is_taken_over_changes_nothing(roll: CensusList) -> None:
    bring(roll, town(40))
    before = all_entries()
    bringing = prepare(roll, file_of(*(row(number, sex="M") for number in range(1, 45))))
    trap = "CREATE TRIGGER trap BEFORE INSERT ON census_entries "
    if db.engine.dialect.name == "postgresql":
        db.session.execute(
            text("CREATE FUNCTION broken() RETURNS trigger AS 'BEGIN RAISE ''full''; END' LANGUAGE plpgsql")
        )
        db.session.execute(text(trap + "EXECUTE FUNCTION broken()"))
    else:
        db.session.execute(text(trap + "BEGIN SELECT RAISE(ABORT, 'full'); END"))
    db.session.commit()
    with pytest.raises(Exception, match="full"):
        imports.apply("shell", bringing)
    db.session.rollback()
    assert all_entries() == before
    assert import_queries.get_import(bringing.id).state == "prepared"


def test_of_two_files_compared_at_once_the_second_is_refused(roll: CensusList) -> None:
    first, second = prepare(roll, town(40)), prepare(roll, town(30))
    imports.apply("shell", first)
    db.session.commit()
    with pytest.raises(ListChanged):
        imports.apply("shell", second)


def test_an_import_is_applied_once(roll: CensusList) -> None:
    bringing = bring(roll, town(4))
    with pytest.raises((NotPrepared, ListChanged)):
        imports.apply("shell", bringing)
    with pytest.raises(NotPrepared):
        imports.discard("shell", bringing)


def test_while_somebody_imports_a_second_one_is_refused_at_once(roll: CensusList) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    with db.engine.begin() as other:
        other.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('civic.census'), :list)"), {"list": roll.id}
        )
        with pytest.raises(ImportRunning):
            prepare(roll, town(4))
    db.session.rollback()
    assert bring(roll, town(4)).added == 4


def test_a_day_before_the_last_import_or_far_ahead_is_refused(roll: CensusList) -> None:
    bring(roll, town(4))
    for days in (-1, 400):
        with pytest.raises(TooEarly):
            prepare(roll, town(4), clock.today() + timedelta(days=days))


def test_two_lists_know_nothing_of_each_other(roll: CensusList) -> None:
    other = make_list("Other")
    bring(roll, town(4))
    assert bring(other, town(4)).added == 4
    hashes = db.session.scalars(select(CensusEntry.identity_hash)).all()
    assert len(set(hashes)) == 8


def test_nothing_that_is_kept_holds_a_number_or_a_name(roll: CensusList, app: Flask) -> None:
    bring(roll, town(4))
    prepare(roll, file_of(*(row(number, birth="x") for number in range(3)), *(row(n) for n in range(3, 9))))
    kept = " ".join(
        str(found) for table in db.metadata.sorted_tables for found in db.session.execute(select(table)).all()
    ).lower()
    assert "señorío" in kept
    assert not [word for word in ("n-0000", "n0000", "nunez", "núñez", "zoe", "zoé") if word in kept]


def test_another_key_is_noticed_and_the_next_file_must_be_confirmed(roll: CensusList, app: Flask) -> None:
    bring(roll, town(4))
    assert not service.has_other_key(roll)
    app.config["SECRET_KEY"] = "z" * 48
    assert service.has_other_key(roll)
    bringing = prepare(roll, town(4))
    assert figures(bringing) == (4, 0, 4, 0)
    imports.apply("shell", bringing, 4)
    assert not service.has_other_key(roll)


def test_acts_are_in_the_chain_with_their_numbers(roll: CensusList) -> None:
    imports.undo("shell", bring(roll, town(4)))
    imports.discard("shell", prepare(roll, town(4)))
    acts = db.session.execute(select(AuditEntry.act, AuditEntry.detail).order_by(AuditEntry.id)).all()
    assert [act for act, _ in acts] == ["census.add", "census.import", "census.undo", "census.discard"]
    assert '"added": 4' in acts[1][1]
    assert count(CensusImport) == 1


def test_what_nobody_decided_on_is_forgotten_after_a_day(roll: CensusList) -> None:
    bringing = prepare(roll, file_of(row(1), row(2), row(3, sex="?")))
    jobs.JOBS[0].run()
    assert (count(CensusImport), count(CensusReject)) == (1, 1)
    old = clock.now() - timedelta(days=2)
    db.session.execute(update(CensusImport).where(CensusImport.id == bringing.id).values(made_at=old))
    jobs.JOBS[0].run()
    assert (count(CensusImport), count(CensusStaged), count(CensusReject)) == (0, 0, 0)


def test_a_list_needs_a_name_of_its_own_a_basis_and_a_day_ahead(roll: CensusList) -> None:
    new = service.NewList("ROLL", "desk", " ", clock.today(), "other", "number")
    with pytest.raises(WrongList) as refused:
        service.add_list("shell", new)
    assert set(refused.value.fields) == {"name", "basis", "kept"}


def test_without_a_name_the_only_list_is_meant(roll: CensusList) -> None:
    assert queries.get_named("").id == queries.get_named("roll").id == roll.id
    make_list("Other")
    for name in ("", "Third"):
        with pytest.raises(NoSuchList):
            queries.get_named(name)


def test_the_database_knows_how_long_the_list_is_as_soon_as_it_is_brought_in(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite plans without numbers")
        bring(make_list(), town(40))
        known = db.session.scalar(text("SELECT reltuples FROM pg_class WHERE relname = 'census_entries'"))
        assert known == 40
