"""Spreadsheets: what xlsx and ods say is read, and what would fill the memory or hides something is refused (F20, A09, A41)."""

from __future__ import annotations

import io
import time
import tracemalloc
from datetime import date

import pytest

from app.tables import sheets
from app.tables import xlsx as texts
from app.tables.errors import FILE_SENTENCES, FileRefused
from app.tables.reading import open_table
from tests.web.workbooks import Cell, bomb, ods, pack, xlsx

ROWS: list[list[Cell]] = [
    ["number", "nom", "né le", "sexe"],
    [12345678, "Núñez & Fils", date(1980, 5, 7), "F"],
    [],
    ["X-1", None, "07/05/1980", None],
]
READ = [(2, ["12345678", "Núñez & Fils", "1980-05-07", "F"]), (4, ["X-1", "", "07/05/1980", ""])]
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def read(file: bytes, *, to_end: bool = False) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    """Kind, header and rows."""
    table = open_table(io.BytesIO(file), to_end=to_end)
    try:
        return table.encoding, table.header, list(table)
    finally:
        table.release()


def reason(file: bytes) -> str:
    """Why it is refused."""
    with pytest.raises(FileRefused) as refused:
        read(file)
    assert refused.value.message()
    assert refused.value.reason in FILE_SENTENCES
    return refused.value.reason


@pytest.mark.parametrize(
    ("file", "kind"),
    [(xlsx(ROWS), "xlsx"), (xlsx(ROWS, shared=False), "xlsx"), (ods(ROWS), "ods")],
    ids=["shared", "inline", "ods"],
)
def test_texts_numbers_dates_and_gaps_are_read_with_their_lines(file: bytes, kind: str) -> None:
    assert read(file) == (kind, ROWS[0], READ)


def test_a_csv_in_a_zip_is_read_as_if_it_had_come_alone() -> None:
    kind, header, rows = read(pack(roll_csv="nom;sexe\nNuñez;F\n".encode("cp1252")))
    assert (kind, header, rows) == ("cp1252", ["nom", "sexe"], [(2, ["Nuñez", "F"])])
    assert reason(pack(roll_csv="a;b\n1;2\n", more_csv="a;b\n1;2\n")) == "damaged"


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_formula_is_given_as_one_and_never_as_what_it_would_come_to(write: object) -> None:
    _, _, rows = read(write([["a", "b"], ["1", '=HYPERLINK("http://x")']]))  # type: ignore[operator]
    assert rows == [(2, ["1", "=x"])]


def test_numbers_as_programs_write_them_come_out_as_people_do() -> None:
    cells = "".join(
        f'<c r="{place}"><v>{said}</v></c>' for place, said in (("A2", "1.2345678E7"), ("B2", "19800507.0"))
    )
    head = '<c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c>'
    file = xlsx([], sheet=SHEET.format(f'<row r="1">{head}</row><row r="2">{cells}</row>'))
    assert read(file)[2] == [(2, ["12345678", "19800507"])]


def test_a_zip_bomb_of_a_gigabyte_is_refused_before_it_is_unpacked() -> None:
    file = bomb()
    began = time.monotonic()
    assert reason(file) == "bomb"
    assert time.monotonic() - began < 5


def test_a_bomb_that_lies_of_its_size_gives_no_more_than_it_said() -> None:
    liar = bytearray(bomb())
    true, said = (1024 * 95_325 * 11 + 22).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    assert liar.count(true)
    tracemalloc.start()
    assert reason(bytes(liar.replace(true, said))) == "damaged"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_a_bomb_of_one_text_or_of_repeated_rows_is_refused() -> None:
    text = '<row r="1"><c r="A1" t="inlineStr"><is><t>' + "x" * 1_000_000 + "</t></is></c></row>"
    assert reason(xlsx([], sheet=SHEET.format(text))) == "bomb"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell></table:table-row>'
    again = '<table:table-row table:number-rows-repeated="1000000">' + cell.format("x")
    assert reason(ods(ROWS, extra=again)) == "bomb"
    few = '<table:table-row table:number-rows-repeated="100">' + cell.format("x")
    assert reason(ods(ROWS, extra=few * 1_000)) == "bomb"
    spaces = "<table:table-row>" + cell.format('<text:s text:c="2000000000"/>')
    assert reason(ods(ROWS, extra=spaces)) == "bomb"


@pytest.mark.parametrize("again", ["a;", '"\n";'], ids=["one line", "many lines"])
def test_a_csv_of_one_endless_row_never_lies_in_memory(again: str) -> None:
    row = "a;" + again * 3_000_000
    file = pack(roll_csv=row)
    tracemalloc.start()
    assert reason(file) == "long"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20
    assert reason(pack(roll_csv="a;b\n" + row)) == "long"


def test_what_xml_would_keep_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(xlsx([], sheet=SHEET.format("<row>" * 200 + "</row>" * 200))) == "bomb"
    assert reason(xlsx([], sheet=SHEET.format(f'<row r="1" x="{"y" * (2 << 20)}"/>'))) == "bomb"
    monkeypatch.setattr(texts, "MOST_TEXTS", 4)
    assert reason(xlsx([["a", "b"], ["1", "2"], ["3", "4"]])) == "bomb"
    monkeypatch.setattr(sheets, "FREE_BYTES", 10)
    assert reason(xlsx(ROWS)) == "bomb", "styles are read whole"


@pytest.mark.parametrize("write", [xlsx, ods])
def test_little_is_unpacked_while_somebody_waits(write: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "WHILE_ASKED", 150_000)
    file = write([["a", "b"], *([str(n), "x" * 50] for n in range(5_000))])  # type: ignore[operator]
    assert reason(file) == "bomb"
    assert len(read(file, to_end=True)[2]) == 5_000
    assert open_table(io.BytesIO(file)).header == ["a", "b"]


def test_a_packed_text_is_copied_further_than_a_sheet_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    file = pack(roll_csv="a;b\n" + "1;2\n" * 30_000)
    monkeypatch.setattr(sheets, "WHILE_ASKED", 10)
    assert len(read(file)[2]) == 30_000
    monkeypatch.setattr(sheets, "PLAIN_WHILE_ASKED", 100_000)
    assert reason(file) == "bomb"
    assert len(read(file, to_end=True)[2]) == 30_000


def test_entities_are_refused_before_they_are_expanded() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    assert reason(xlsx([], sheet=laughs + SHEET.format("&b;"))) == "damaged"
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
    assert reason(xlsx([], sheet=outside + SHEET.format(""))) == "damaged"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (xlsx(ROWS)[:-40], "damaged"),
        (pack(a_txt="a;b\n1;2\n", b_csv="x"), "damaged"),
        (xlsx([], sheet=SHEET.format("<row>")), "damaged"),
        (xlsx([]), "empty"),
        (xlsx([], sheet=SHEET.format('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>')), "wide"),
        (xlsx([], sheet=SHEET.format('<row r="1"><c r="A1" t="s"><v>99</v></c></row>')), "damaged"),
        (xlsx([["a", "a"], ["1", "2"]]), "header"),
    ],
    ids=["cut", "two texts", "half XML", "empty", "wide", "no such text", "header"],
)
def test_what_is_broken_is_refused_with_its_reason(file: bytes, expected: str) -> None:
    assert reason(file) == expected
