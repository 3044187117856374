"""The register as a file: out for a spreadsheet, and in again, each row looked at first and all of them taken over or none.

A row means the association of its reference (the site's own number), else of its registration number, else of its name.
What a column that the file does not have would say stays as it is; an empty cell empties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import delete

from app.associations import forms, queries, service, wording
from app.associations.errors import ImportGone, RowsRejected, WrongColumns, WrongDescription
from app.associations.models import Association, AssociationImport
from app.associations.rules import Description, State, year_after
from app.core import audit, clock
from app.core.db import count_changed, db
from app.people.search import plain
from app.tables import reading, writing

MOST_ROWS = 2_000
LONGEST_CELL = 3_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Planned:
    """What becomes of a row: added, changed, same or rejected, the columns that change, or why it cannot be taken."""

    line: int
    name: str
    verdict: str
    changes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    association: Association | None = None
    described: Description | None = None
    due_on: date | None = None


@dataclass
class _Known:
    """The register as rows are looked up in it, and which of it the file has named so far."""

    by_reference: dict[str, Association] = field(default_factory=dict)
    by_number: dict[str, Association] = field(default_factory=dict)
    by_key: dict[str, Association] = field(default_factory=dict)
    seen: set[tuple[str, object]] = field(default_factory=set)

    def find(self, row: Row) -> Association | None:
        """The association that the row means."""
        if reference := row.get("reference", "").strip():
            return self.by_reference.get(reference)
        number = str(row.get("number", "")).strip().upper()
        return self.by_number.get(number) or self.by_key.get(plain(" ".join(row.get("name", "").split())))

    def clash(self, found: Association | None, described: Description) -> str:
        """Why the row and another one, or the register, cannot both be; empty when they can. Notes the row."""
        key, number = plain(described.name), described.number
        mine = {("name", key), ("number", number or key), ("reference", found.id if found else key)}
        if mine & self.seen:
            return gettext("An earlier row means the same association.")
        self.seen |= mine
        if self.by_key.get(key, found) is not found:
            return gettext("Another association on the register has this name.")
        if self.by_number.get(number, found) is not found:
            return gettext("Another association on the register has this number.")
        return ""


def export() -> Iterator[bytes]:
    """The register as CSV, its heads and themes in the officer's language."""
    heads, themes = wording.columns(), wording.themes()
    rows = [[*heads.values()]]
    for one in _registered():
        told = _texts(one)
        rows.append([{**told, "theme": themes[one.theme]}[name] for name in heads])
    return writing.write(rows)


def receive(stream: BinaryIO) -> AssociationImport:
    """Keep the rows of a file until an officer has looked at them. Raises: FileRefused, WrongColumns."""
    table = reading.open_table(stream)
    try:
        places, unused = _places(table.header)
        rows = [_row(line, cells, places, len(table.header)) for line, cells in islice(table, MOST_ROWS + 1)]
    finally:
        table.release()
    if len(rows) > MOST_ROWS:
        raise WrongColumns(gettext("The file has more than %(most)s rows. Send it in parts.", most=MOST_ROWS))
    if not rows:
        raise WrongColumns(gettext("The file has no rows below its header."))
    made = AssociationImport(rows=rows, unused=unused, made_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


def plan(rows: Sequence[Row]) -> list[Planned]:
    """What would become of each row."""
    known = _Known()
    for one in _registered():
        known.by_reference[str(one.id)], known.by_key[one.name_key] = one, one
        if one.number:
            known.by_number[one.number] = one
    themes = _in_every_language(wording.themes)
    return [_plan_row(row, known, themes) for row in rows]


def apply(actor: str, import_id: int) -> None:
    """Take a file over, all rows or none. Raises: ImportGone, RowsRejected, WrongDescription."""
    found = queries.find_import(import_id)
    if found is None:
        raise ImportGone
    planned = plan(found.rows)
    numbers = Counter(one.verdict for one in planned)
    if numbers["rejected"]:
        raise RowsRejected
    if not count_changed(delete(AssociationImport).where(AssociationImport.id == import_id)):
        raise ImportGone
    now = clock.now()
    for one in planned:
        if one.described is None or one.verdict == "same":
            continue
        association = one.association or Association(state=State.REGISTERED, applied_at=now, decided_at=now)
        association.due_on = one.due_on
        service.keep(association, one.described)
    audit.record(
        actor, "association.import", "associations", added=numbers["added"], changed=numbers["changed"]
    )


def _row(line: int, cells: Sequence[str], places: dict[str, int], width: int) -> Row:
    told = {
        name: writing.read_cell(cells[at])[:LONGEST_CELL] for name, at in places.items() if at < len(cells)
    }
    return {**told, "line": line, "width": len(cells) == width}


def _plan_row(row: Row, known: _Known, themes: dict[str, str]) -> Planned:
    line, name = int(row["line"]), str(row.get("name", ""))[:120]
    found = known.find(row)
    before = _texts(found) if found else {"theme": "other"}
    told = {one: text for one, text in row.items() if isinstance(text, str)}
    if "theme" in told:
        told["theme"] = themes.get(plain(told["theme"].strip()), "")
    try:
        described, due_on = _read(row, before | told, found)
    except WrongDescription as wrong:
        heads = wording.columns()
        reasons = tuple(f"{heads.get(one, '')} – {words}" for one, words in wrong.fields.items())
        return Planned(line, name, "rejected", reasons=reasons)
    if reason := known.clash(found, described):
        return Planned(line, name, "rejected", reasons=(reason,))
    after = {**forms.texts_of(described), "due_on": str(due_on)}
    changes = tuple(one for one, text in after.items() if found and text != before[one])
    verdict = ("changed" if changes else "same") if found else "added"
    return Planned(line, described.name, verdict, changes, (), found, described, due_on)


def _read(row: Row, texts: dict[str, str], found: Association | None) -> tuple[Description, date]:
    faults: dict[str, str] = {}
    if not row["width"]:
        faults["name"] = gettext("The row has more or fewer cells than the header.")
    if row.get("reference", "").strip() and found is None:
        faults["reference"] = gettext("There is no association with this reference on the register.")
    due_on = forms.read_day(texts["due_on"]) if texts.get("due_on", "").strip() else year_after(clock.today())
    if due_on is None:
        faults["due_on"] = gettext("Enter a day that exists, such as 2027-03-31.")
    try:
        described = forms.read_description(texts, needs_purpose=False)
    except WrongDescription as wrong:
        raise WrongDescription(fields=faults | wrong.fields) from wrong
    if due_on is None or faults:
        raise WrongDescription(fields=faults)
    return described, due_on


def _places(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Which column stands where, and the columns that are not used."""
    names = _in_every_language(wording.columns)
    found = {names[plain(head)]: at for at, head in enumerate(header) if plain(head) in names}
    if "name" not in found:
        known = ", ".join(wording.columns().values())
        raise WrongColumns(
            gettext("No column holds the name. The site knows these columns: %(known)s.", known=known)
        )
    return found, [head for head in header if plain(head) not in names]


def _in_every_language(words: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What somebody may have written for each key: the key itself, or its words in a language of the site."""
    found = {key: key for key in words()}
    for lang in current_app.config["CIVIC"].languages:
        with force_locale(lang):
            found |= {plain(text): key for key, text in words().items()}
    return found


def _texts(association: Association) -> dict[str, str]:
    due_on = str(association.due_on or "")
    return {**forms.texts_of(association), "reference": str(association.id), "due_on": due_on}


def _registered() -> list[Association]:
    return [row.association for row in queries.list_register(queries.Search(), clock.today())]
