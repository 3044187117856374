"""Imports in words: columns, files, states, rejects."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from app.census.models import CensusImport, CensusReject
from app.census_imports.errors import ROW_SENTENCES
from app.census_imports.presets import Field
from app.core.formats import format_number


def field_name(field: str) -> str:
    """What a column can hold."""
    return {
        Field.NUMBER: gettext("Identity number"),
        Field.FAMILY: gettext("Family name"),
        Field.USED_FAMILY: gettext("Family name in use"),
        Field.GIVEN: gettext("Given names"),
        Field.BIRTH: gettext("Date of birth"),
        Field.PLACE: gettext("Place of birth"),
        Field.SEX: gettext("Sex"),
        Field.DISTRICT: gettext("District or polling station"),
        Field.LANGUAGE: gettext("Language"),
        Field.ADDRESS: gettext("Address, for the district only"),
    }[Field(field)]


def preset_name(preset: str) -> str:
    """Whose headers a file has."""
    return {
        "elistelec": gettext("the French electoral roll (elistelec)"),
        "padron": gettext("the Spanish padrón"),
        "free": gettext("a plain list"),
    }[preset]


def encoding_name(encoding: str) -> str:
    """How a file is written."""
    return {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "xlsx": "xlsx", "ods": "ods"}.get(
        encoding, encoding
    )


def state_name(state: str) -> str:
    """Where an import stands."""
    return {
        "sent": gettext("Columns to choose"),
        "waiting": gettext("Being read"),
        "reading": gettext("Being read"),
        "prepared": gettext("To decide"),
        "applying": gettext("Being taken over"),
        "applied": gettext("Taken over"),
        "undoing": gettext("Being undone"),
        "undone": gettext("Undone"),
        "refused": gettext("Refused"),
    }[state]


def state_tone(state: str) -> str:
    """The tone of its tag."""
    tones = {"prepared": "soon", "sent": "soon", "applied": "done", "refused": "wrong", "undone": "quiet"}
    return tones.get(state, "open")


def reject_heads() -> tuple[str, str, str]:
    """The columns of the list of rejects."""
    return gettext("Line"), gettext("Column"), gettext("Why")


def reject_field(bringing: CensusImport, one: CensusReject) -> str:
    """The header of the column with the fault, as the file calls it; a dash for the whole row."""
    headers = bringing.columns.get(one.field, [])
    return " + ".join(headers) or "–"


def way_value(places: Sequence[int]) -> str:
    """Columns as the form says them: `3+4`."""
    return "+".join(map(str, places))


def reject_reason(one: CensusReject) -> str:
    """Why a row was not taken."""
    return str(ROW_SENTENCES[one.reason])


def import_title(state: str) -> str:
    """What the page of an import is headed."""
    return {
        "prepared": gettext("What would change"),
        "applied": gettext("The list is as the file says"),
        "undone": gettext("The import was undone"),
        "refused": gettext("The file was refused"),
    }.get(state, gettext("The file is being worked on"))


def progress(one: CensusImport) -> str:
    """How far the worker is."""
    if one.state == "applying":
        return gettext("The list is being brought to what the file says.")
    if one.state == "undoing":
        return gettext("The list is being brought back to what it was.")
    if not one.rows:
        return gettext("The file is here. It will be read in a moment.")
    if one.rows >= one.expected:
        return gettext("%(rows)s rows have been read.", rows=format_number(one.rows))
    rows, expected = format_number(one.rows), format_number(one.expected)
    return gettext("%(rows)s of about %(expected)s rows have been read.", rows=rows, expected=expected)
