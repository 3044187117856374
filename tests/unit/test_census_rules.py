"""The census from a file: what is read, what is forgiven, what is refused or rejected, and with which reason (F20)."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.census.identity import Unlikely, Unreadable, read_birth, read_number, read_sex
from app.census_imports.errors import ROW_SENTENCES, ColumnsMissing
from app.census_imports.presets import PRESETS, Field, find_columns
from app.census_imports.rules import (
    Checked,
    Reading,
    check_row,
    is_mostly_rejected,
    look_closely,
    must_confirm,
)
from app.core.spelling import normalized
from app.tables.errors import FILE_SENTENCES, FileRefused
from app.tables.reading import open_table

ON = date(2026, 3, 1)
HEADER = ["number", "nom", "prénom", "date of birth", "sexe", "quartier", "langue"]
GOOD = ["AB-123", "Núñez-Prat", "Zoé", "07/05/1980", "F", "Centre", "fr"]
ELISTELEC = "TypeListe;NoElecteurGeneral;Sexe;NomdeNaissance;NomDusage;Prenoms;DateDeNaissance;NomComNaissance;NomBureauDeVote"


def read(file: bytes) -> tuple[list[str], list[tuple[int, list[str]]], str]:
    """Header, rows and encoding of a file."""
    stream = BytesIO(file)
    table = open_table(stream)
    found = list(table)
    table.release()
    return table.header, found, table.encoding


def check(cells: list[str], country: str = "other", identity: str = "number") -> Checked:
    """A row of HEADER, checked."""
    columns = find_columns(HEADER, "free", {}, identity)
    return check_row(cells, Reading(columns, len(HEADER), country, identity, ON))


def reasons(cells: list[str], country: str = "other", identity: str = "number") -> dict[str, str]:
    """Why it is rejected, by field."""
    return {fault.field: fault.reason for fault in check(cells, country, identity).faults}


def with_cell(place: int, text: str) -> list[str]:
    """The good row with one cell changed."""
    return [*GOOD[:place], text, *GOOD[place + 1 :]]


# --- the file ---


@pytest.mark.parametrize("sign", [";", ",", "\t"])
@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252")]
)
def test_a_file_is_read_in_either_encoding_with_any_separator(sign: str, encoding: str, shown: str) -> None:
    text = sign.join(["nom", "prénom"]) + "\r\n" + sign.join(['"Muñoz"', "Zoë"]) + "\r\n\r\n"
    header, rows, found = read(text.encode(encoding))
    assert (header, rows, found) == (["nom", "prénom"], [(2, ["Muñoz", "Zoë"])], shown)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    _, rows, _ = read(b'a;b\n\n1;"x\ny"\n2;z\n')
    assert [line for line, _ in rows] == [3, 5]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a workbook", "damaged"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "spreadsheet"),
        ("nom;prénom\n".encode("utf-16"), "utf-16"),
        (b"nom;prenom\nA;\x00\n", "nul"),
        (b"nom;prenom\n\x81;B\xe9\n", "encoding"),
        (b"nom\nA\n", "delimiter"),
        (b"nom;nom\nA;B\n", "header"),
        (b"nom;;prenom\nA;B;C\n", "header"),
        (b'nom;prenom\n"A;B\nC;D\n', "quotes"),
        (b"nom;prenom;sexe\nA;B;F\nC;D", "cut"),
        ("nom;prénom\nA;É".encode()[:-1], "character"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(file: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(file)
    assert refused.value.reason == reason
    assert reason in FILE_SENTENCES


def test_a_row_that_is_short_in_the_middle_is_no_cut_file() -> None:
    _, rows, _ = read(b"a;b\n1\n2;3\n")
    assert [cells for _, cells in rows] == [["1"], ["2", "3"]]


# --- the columns ---


def test_the_headers_of_the_french_rolls_are_known_without_the_order_number() -> None:
    found = find_columns(ELISTELEC.split(";"), "elistelec", {}, "civil-status")
    assert found[Field.FAMILY] == (3,)
    assert found[Field.PLACE] == (7,)
    assert Field.NUMBER not in found


def test_a_number_in_three_columns_is_put_together() -> None:
    header = ["NOMB", "PART1", "APE1", "PART2", "APE2", "FNAC", "LEXTR", "IDEN", "LIDEN", "SEXO", "DIST"]
    columns = find_columns(header, "padron", {}, "number")
    cells = ["ANA", "DE LA", "PEÑA", "", "RUIZ", "19800507", "", "12345678", "Z", "6", "3"]
    checked = check_row(cells, Reading(columns, len(header), "es", "number", ON))
    assert checked.row is not None
    assert (checked.row.identity, checked.row.family) == ("12345678Z", "de la pena ruiz")
    assert (checked.row.sex, checked.row.birth_on) == ("f", date(1980, 5, 7))


def test_what_an_officer_says_of_a_column_goes_before_the_preset() -> None:
    found = find_columns([*HEADER, "Carnet"], "free", {Field.NUMBER: ("carnet",)}, "number")
    assert found[Field.NUMBER] == (len(HEADER),)


def test_all_missing_columns_are_named_with_what_there_is() -> None:
    with pytest.raises(ColumnsMissing) as refused:
        find_columns(["number", "x"], "free", {Field.SEX: ("Genre",)}, "number")
    assert refused.value.missing == ["family", "given", "birth", "sex"]


def test_every_preset_has_ways_for_what_its_lists_need() -> None:
    for ways in PRESETS.values():
        assert {Field.FAMILY, Field.GIVEN, Field.BIRTH} <= set(ways)


# --- the rows ---


def test_a_good_row_is_taken() -> None:
    row = check(GOOD).row
    assert row is not None
    assert (row.identity, row.family, row.given, row.birth_year) == ("AB123", "nunez prat", "zoe", 1980)
    assert (row.sex, row.district, row.language) == ("f", "Centre", "fr")


@pytest.mark.parametrize(
    ("place", "text", "field", "reason"),
    [
        (0, "", "number", "missing"),
        (0, "1,2E+08", "number", "number"),
        (0, "=1+1", "number", "formula"),
        (1, "@SUM(A1)", "family", "formula"),
        (1, "+33", "family", "formula"),
        (1, "- DROP", "family", "formula"),
        (1, "\tX", "family", "formula"),
        (1, "...", "family", "missing"),
        (1, "-", "family", "missing"),
        (1, "GarcÃ­a", "family", "garbled"),
        (1, "Garc\ufffda", "family", "garbled"),
        (2, "Zo\x07e", "given", "garbled"),
        (1, "N" * 201, "family", "too-long"),
        (3, "", "birth", "missing"),
        (3, "31/02/1980", "birth", "date"),
        (3, "May 1980", "birth", "date"),
        (3, "07/05/80", "birth", "date"),
        (3, "07/05/2026", "birth", "age"),
        (3, "07/05/1880", "birth", "age"),
        (4, "?", "sex", "sex"),
        (6, "français", "language", "language"),
    ],
)
def test_a_bad_cell_rejects_the_row_with_its_field_and_reason(
    place: int, text: str, field: str, reason: str
) -> None:
    assert reasons(with_cell(place, text)) == {field: reason}
    assert reason in ROW_SENTENCES


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert reasons(["", "=x", "Ana", "31/02/1980", "?", "C", "french"]) == {
        "number": "missing", "family": "formula", "birth": "date", "sex": "sex", "language": "language",
    }  # fmt: skip


def test_shifted_columns_are_rejected_by_width_or_by_what_they_hold() -> None:
    assert reasons([*GOOD, "more"]) == {"": "width"}
    assert reasons(GOOD[:-1]) == {"": "width"}
    assert "birth" in reasons([*GOOD[1:], GOOD[0]])


def test_a_rejected_row_whose_person_can_be_told_says_who_so_that_the_entry_stays() -> None:
    assert check(with_cell(4, "?")).identity == check(GOOD).identity
    assert check(with_cell(0, "??")).identity == ""


def test_without_a_number_a_person_is_known_by_civil_status() -> None:
    first, again = (check(cells, identity="civil-status") for cells in (GOOD, with_cell(0, "other")))
    assert first.identity == again.identity == "nunez prat|zoe|1980-05-07|"
    assert check(with_cell(2, "Zoé Anne"), identity="civil-status").identity != first.identity
    assert check(with_cell(3, "x"), identity="civil-status").identity == ""


cell_texts = st.sampled_from(
    [
        "",
        " ",
        "-",
        "=1",
        " +x",
        "AB-123",
        "Zoé",
        "07/05/1980",
        "31/02/1980",
        "F",
        "?",
        "fr",
        "x" * 201,
        "Ã©",
        "a\tb",
        "\tx",
        "\ufffd",
    ]
)


@given(st.lists(cell_texts, min_size=7, max_size=7), st.sampled_from(["number", "civil-status"]))
def test_a_row_read_at_a_glance_is_read_as_when_one_looks_closely(cells: list[str], identity: str) -> None:
    columns = find_columns(HEADER, "free", {}, identity)
    reading = Reading(columns, len(HEADER), "other", identity, ON)
    mixed = [cell if cell else good for cell, good in zip(cells, GOOD, strict=True)]
    for row in (cells, mixed, GOOD):
        assert check_row(row, reading) == look_closely(row, reading)


# --- names, dates, numbers ---


@pytest.mark.parametrize(
    "name",
    [
        "D’Agostino-Núñez",
        "d'agostino nunez",
        "D  AGOSTINO-NUN\u0303EZ",
        " D_Agostino Ñunez".replace("Ñ", "N"),
    ],
)
def test_names_are_the_same_however_they_are_typed(name: str) -> None:
    assert normalized(name) == "d agostino nunez"


@given(st.text(max_size=30))
def test_a_name_once_brought_to_its_form_stays_so(name: str) -> None:
    assert normalized(normalized(name)) == normalized(name)
    assert normalized(name.upper()).replace(" ", "") == normalized(name.upper().lower()).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    ["07/05/1980", "7.5.1980", "07-05-1980", "1980-05-07", "1980-05-07 00:00:00", "19800507", "07051980"],
)
def test_dates_are_read_as_registers_write_them(text: str) -> None:
    assert read_birth(text, ON) == (date(1980, 5, 7), 1980)


@given(st.dates(date(1902, 1, 1), ON))
def test_eight_digits_mean_one_date_in_either_order(day: date) -> None:
    assert read_birth(f"{day:%Y%m%d}", ON)[0] == read_birth(f"{day:%d%m%Y}", ON)[0] == day


def test_a_year_alone_is_kept_where_the_register_knows_no_more() -> None:
    assert read_birth("00/00/1950", ON) == (None, 1950)
    with pytest.raises(Unreadable):
        read_birth("00/05/1950", ON)
    with pytest.raises(Unlikely):
        read_birth("02/03/2026", ON)


@pytest.mark.parametrize(
    "text", ["12345678Z", "12.345.678-z", " 12345678 Z", "１２３４５６７８Z", "X1234567L", "x-1234567-l"]
)
def test_spanish_numbers_are_read_with_spaces_dots_and_lower_case(text: str) -> None:
    assert read_number(text, "es") in ("12345678Z", "X1234567L")


@pytest.mark.parametrize("text", ["12345678A", "12345678", "X1234567A", "", "PAS123456", "1234\u066178Z"])
def test_a_spanish_number_with_a_wrong_letter_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read_number(text, "es")


def test_a_leading_zero_that_a_spreadsheet_took_is_given_back() -> None:
    assert read_number("1234567L", "es") == "01234567L"


def test_m_is_a_woman_in_spain_and_a_man_elsewhere() -> None:
    assert (read_sex("M", "es"), read_sex("M", "fr"), read_sex("", "fr")) == ("f", "m", "")


# --- the import as a whole ---


def test_more_than_one_in_ten_gone_must_be_confirmed() -> None:
    assert [must_confirm(gone, 100) for gone in (0, 10, 11, 100)] == [False, False, True, True]
    assert not must_confirm(0, 0)


def test_half_of_the_rows_rejected_is_too_much() -> None:
    assert [is_mostly_rejected(n, 10) for n in (0, 4, 5, 10)] == [False, False, True, True]
