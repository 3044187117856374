"""Rolls as towns have them, drawn at random and the same each time: households that share a name and move together, accents,
twins, namesakes, people who are called otherwise since they married, who came from elsewhere, moved away or died.

France writes them as an electoral roll, in which names and birth tell people apart; Spain as a padrón with numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from random import Random

FAMILIES = {
    "fr": ("Lefèvre", "Le Goff", "D’Agostino", "Bélanger", "Martin", "Nguyễn", "Öztürk", "Saint-Äubin", "Haÿ", "Œuvrard"),
    "es": ("Núñez", "García", "de la Peña", "Ibáñez", "Muñoz", "Agüero", "Fernández", "López", "Etxeberría", "Güell"),
}  # fmt: skip
GIVEN = {
    "fr": {"f": ("Zoé", "Anne-Lise", "Chloé", "Maïa", "Françoise"), "m": ("Émile", "Noël", "Jérôme", "Loïc", "François")},
    "es": {"f": ("María", "Inés", "Begoña", "Sofía", "Núria"), "m": ("José", "Íñigo", "Ángel", "Martín", "Óscar")},
}  # fmt: skip
DISTRICTS = ("Centre", "Gare", "Señorío", "Les Prés")
PLACES = ("Valclair", "Saint-Étienne", "Málaga", "Alger")
HEADERS = {
    "fr": "Sexe;NomdeNaissance;NomDusage;Prenoms;DateDeNaissance;NomComNaissance;NomBureauDeVote",
    "es": "DNI;Apellido 1;Apellido 2;Nombre;Fecha de nacimiento;SEXO;DIST",
}
YOUNGEST = {"fr": 16, "es": 0}


@dataclass(frozen=True)
class Resident:
    """One person of a roll. `families` are one name in France and two in Spain; `used` is the name since a wedding."""

    key: int
    household: int
    families: tuple[str, ...]
    used: str
    given: str
    born: date
    place: str
    sex: str
    district: str
    number: str


def town(country: str, people: int, today: date, seed: int = 1) -> list[Resident]:
    """A town of at least so many people, household by household."""
    drawn, keys, made = Random(seed), count(1), list[Resident]()
    for household in count(1):
        if len(made) >= people:
            return made
        made += _household(country, household, keys, today, drawn)
    raise AssertionError("households never end")


def a_year_later(country: str, before: list[Resident], today: date, seed: int = 2) -> list[Resident]:
    """The town a year on: some died, households moved within the town or away, others came, some married."""
    drawn, keys = Random(seed), count(len(before) + 1)
    households = sorted({one.household for one in before})
    away = {one for one in households if drawn.random() < 0.02}
    moved = {one: drawn.choice(DISTRICTS) for one in households if drawn.random() < 0.04}
    after = []
    for one in before:
        if one.household in away or drawn.random() < 0.01:
            continue
        district = moved.get(one.household, one.district)
        weds = country == "fr" and not one.used and drawn.random() < 0.02
        after.append(replace(one, district=district, used=drawn.choice(FAMILIES["fr"]) if weds else one.used))
    for number in range(len(households) // 30 + 1):
        after += _household(country, households[-1] + 1 + number, keys, today, drawn)
    return after


def file_of(country: str, residents: list[Resident]) -> bytes:
    """The file that a register of the country would send."""
    line = {"fr": _french, "es": _spanish}[country]
    return "\n".join([HEADERS[country], *map(line, residents), ""]).encode("utf-8-sig")


def letters_of(number: int) -> str:
    """A Spanish identity number with its letter."""
    return f"{number:08}" + "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]


def _household(country: str, household: int, keys: count[int], today: date, drawn: Random) -> list[Resident]:
    """One to five people under one roof: adults, children of their names, now and then twins."""
    names, district = FAMILIES[country], drawn.choice(DISTRICTS)
    heads = [_name(names, drawn) for _ in range(drawn.choice((1, 2, 2)))]
    births = [_born(drawn, today, 25, 95) for _ in heads]
    children = [_born(drawn, today, YOUNGEST[country], 24) for _ in range(drawn.choice((0, 0, 1, 2)))]
    if children and drawn.random() < 0.1:
        children.append(children[-1])
    own = tuple(family[0] for family in (heads[0], heads[-1]))
    made = []
    for at, born in enumerate([*births, *children]):
        is_head, sex = at < len(births), drawn.choice("fm")
        families = heads[at] if is_head else own
        families = families[:1] if country == "fr" else families[:1] + families[-1:]
        marries = country == "fr" and is_head and at == 1 and drawn.random() < 0.6
        key = next(keys)
        made.append(
            Resident(
                key,
                household,
                families,
                heads[0][0] if marries else "",
                _given(country, sex, key, drawn),
                born,
                drawn.choice(PLACES),
                sex,
                district,
                letters_of(10_000_000 + key * 7),
            )  # fmt: skip
        )
    return made


def _name(names: tuple[str, ...], drawn: Random) -> tuple[str, ...]:
    return drawn.choice(names), drawn.choice(names)


def _given(country: str, sex: str, key: int, drawn: Random) -> str:
    """Namesakes are common; those who follow each other, as twins do, have another second name."""
    names = GIVEN[country][sex]
    first = drawn.randrange(len(names))
    return f"{names[first]} {names[(first + 1 + key % 4) % len(names)]}"


def _born(drawn: Random, today: date, youngest: int, oldest: int) -> date:
    return today - timedelta(days=drawn.randrange(youngest * 366 + 1, (oldest + 1) * 365))


def _french(one: Resident) -> str:
    sex = {"f": "F", "m": "M"}[one.sex]
    said = (sex, one.families[0], one.used, one.given, f"{one.born:%d/%m/%Y}", one.place, one.district)
    return ";".join(said)


def _spanish(one: Resident) -> str:
    sex = {"f": "M", "m": "H"}[one.sex]
    return ";".join((one.number, *one.families, one.given, f"{one.born:%d/%m/%Y}", sex, one.district))
