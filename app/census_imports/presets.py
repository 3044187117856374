"""Which column of a file holds what: by the headers that registers use, or as an officer says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from app.census_imports.errors import ColumnsMissing
from app.core.spelling import normalized


class Field(StrEnum):
    """What a column can hold."""

    NUMBER = "number"
    FAMILY = "family"
    USED_FAMILY = "used-family"
    GIVEN = "given"
    BIRTH = "birth"
    PLACE = "place"
    SEX = "sex"
    DISTRICT = "district"
    LANGUAGE = "language"
    ADDRESS = "address"
    """Read for the district where the file names none, and kept nowhere."""

    __hash__ = str.__hash__  # looked up a dozen times a row; Enum's own takes ten times as long


Wish = Mapping[Field, tuple[str, ...]]
"""Names of columns by field; cells of more than one are put together."""
Columns = dict[Field, tuple[int, ...]]
"""Places of columns by field, counted from 0."""

NEEDED = {
    "number": (Field.NUMBER, Field.FAMILY, Field.GIVEN, Field.BIRTH),
    "civil-status": (Field.FAMILY, Field.GIVEN, Field.BIRTH),
}
"""By what a list knows a person again, and the fields that this takes."""
FIELDS = {
    "number": tuple(field for field in Field if field is not Field.PLACE),
    "civil-status": tuple(field for field in Field if field is not Field.NUMBER),
}
"""The fields that such a list makes use of."""

PRESET_OF = {"fr": "elistelec", "es": "padron", "other": "free"}
"""Whose headers the files of a country have, unless told."""
PRESETS: Mapping[str, Mapping[Field, Sequence[tuple[str, ...]]]] = {
    # Columns of the French electoral rolls: decree of 12 November 2013 (INTA1326795A), article 2. NoElecteurGeneral is left
    # out: it is a place in the order of the roll, and another one next year.
    "elistelec": {
        Field.FAMILY: [("NomdeNaissance",)],
        Field.USED_FAMILY: [("NomDusage",)],
        Field.GIVEN: [("Prenoms",)],
        Field.BIRTH: [("DateDeNaissance",)],
        Field.PLACE: [("NomComNaissance", "DeptNaissance", "PaysNaissance"), ("NomComNaissance",)],
        Field.SEX: [("Sexe",)],
        Field.DISTRICT: [("NomBureauDeVote",), ("NoBureauDeVote",)],
    },
    # Field names of the exchange files of the Spanish padrón, and the headers that spreadsheets made of it have.
    "padron": {
        Field.NUMBER: [("LEXTR", "IDEN", "LIDEN"), ("DNI/NIE",), ("NIF",), ("DNI",), ("Documento",)],
        Field.FAMILY: [
            ("PART1", "APE1", "PART2", "APE2"), ("APE1", "APE2"), ("Apellido 1", "Apellido 2"),
            ("Primer apellido", "Segundo apellido"), ("Apellidos",),
        ],
        Field.GIVEN: [("NOMB",), ("Nombre",)],
        Field.BIRTH: [("FNAC",), ("Fecha de nacimiento",), ("Fecha nacimiento",)],
        Field.SEX: [("SEXO",)],
        Field.DISTRICT: [("DIST",), ("Distrito",), ("Barrio",)],
        Field.LANGUAGE: [("Idioma",)],
    },
    "free": {
        Field.NUMBER: [("number",), ("identifier",), ("numéro",), ("número",), ("id",)],
        Field.FAMILY: [("family name",), ("last name",), ("surname",), ("nom",), ("nom de naissance",), ("apellidos",)],
        Field.USED_FAMILY: [("name in use",), ("nom d'usage",)],
        Field.GIVEN: [("given name",), ("first name",), ("prénom",), ("prénoms",), ("nombre",)],
        Field.BIRTH: [("date of birth",), ("birth date",), ("date de naissance",), ("fecha de nacimiento",)],
        Field.PLACE: [("place of birth",), ("lieu de naissance",), ("lugar de nacimiento",)],
        Field.SEX: [("sex",), ("sexe",), ("sexo",)],
        Field.DISTRICT: [("district",), ("quartier",), ("distrito",), ("barrio",)],
        Field.LANGUAGE: [("language",), ("langue",), ("idioma",)],
        Field.ADDRESS: [("address",), ("adresse",), ("dirección",), ("domicilio",)],
    },
}  # fmt: skip


def find_columns(header: Sequence[str], preset: str, wish: Wish, identity: str) -> Columns:
    """Where each field stands in a file with this header; what `wish` says goes before the preset.

    Case, accents and spaces of headers are forgiven. Raises: ColumnsMissing with all that is missing.
    """
    known = {field: list(ways) for field, ways in PRESETS[preset].items()}
    for field, names in wish.items():
        known[field] = [names]
    found = _find(header, known)
    check_columns(header, found, dict.fromkeys((*NEEDED[identity], *wish)))
    if identity == "civil-status":
        found.pop(Field.NUMBER, None)
    return found


def check_columns(header: Sequence[str], columns: Columns, needed: Iterable[Field]) -> None:
    """Whether each of the needed fields has a column. Raises: ColumnsMissing with all that have none."""
    missing = [field for field in needed if field not in columns]
    if missing:
        raise ColumnsMissing(missing, header)


def recognize(header: Sequence[str], identity: str) -> tuple[str, Columns]:
    """The preset that knows most of these headers, and where each field of it stands."""
    found = {preset: _find(header, known) for preset, known in PRESETS.items()}
    needed = NEEDED[identity]
    best = max(found, key=lambda preset: (sum(one in found[preset] for one in needed), len(found[preset])))
    if identity == "civil-status":
        found[best].pop(Field.NUMBER, None)
    return best, found[best]


def list_ways(header: Sequence[str]) -> list[tuple[int, ...]]:
    """Every column, and before them those that registers have in pieces: `Apellido 1 + Apellido 2`."""
    pieces = [
        places
        for known in PRESETS.values()
        for ways in known.values()
        for names in ways
        if len(names) > 1 and (places := _find(header, {Field.NUMBER: [names]}).get(Field.NUMBER))
    ]
    return [*dict.fromkeys(pieces), *((place,) for place in range(len(header)))]


def _find(header: Sequence[str], known: Mapping[Field, Sequence[tuple[str, ...]]]) -> Columns:
    places = {_plain(name): place for place, name in enumerate(header)}
    found: Columns = {}
    for field, ways in known.items():
        for names in ways:
            if all(_plain(name) in places for name in names):
                found[field] = tuple(places[_plain(name)] for name in names)
                break
    return found


def _plain(name: str) -> str:
    return normalized(name).replace(" ", "")
