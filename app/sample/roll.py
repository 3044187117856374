"""The register of Valclair: everybody who lives there, as a census list; some of the residents have shown that they are on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from app.census import matching, service
from app.census.matching import Sought
from app.census.service import NewList
from app.census_imports import service as imports
from app.census_imports.service import Asked
from app.core import clock
from app.core.spelling import normalized
from app.sample.lots import draw

OTHERS = 400
"""People who live there and have no account."""
NAMES = {"fr": "Liste électorale", "es": "Padrón municipal", "en": "Electoral roll"}
BASIS = {
    "fr": "Délibération 12/2026 du conseil",
    "es": "Acuerdo 12/2026 del Pleno",
    "en": "Council decision 12/2026",
}
WOMEN = frozenset(
    {"Lucie", "Amina", "Inés", "Jeanne", "Nora", "Sofía", "Marta", "Chloé", "Fatou", "Carmen", "Zoé"}
)
OWN = ("V-00999", "Roux", "Camille", date(1971, 7, 14), "F")
"""The resident whom the trial signs in: on the list, and not checked yet."""


def build(told: Mapping[str, Any], residents: Sequence[int], lang: str) -> None:
    """Bring the list in, in one language, and match six in ten of the residents, fewer of the young."""
    named = [(given, family) for family in told["family"] for given in told["given"]]
    with_account = [_person(number, *name) for number, name in enumerate(named[: len(residents)])]
    families = told["family"]
    without = [
        _person(
            number,
            told["given"][number % len(told["given"])],
            f"{families[number % 16]}-{families[number % 15]}",
        )
        for number in range(1000, 1000 + OTHERS)
    ]
    districts = [one[lang] for name, one in told["districts"].items() if name != "all"]
    lines = ["number;family name;given name;date of birth;sex;district;language"]
    for place, (number, family, given, born, sex) in enumerate([*with_account, *without, OWN]):
        cells = (number, family, given, f"{born:%d/%m/%Y}", sex, districts[draw(f"at:{place}") % 4], lang)
        lines.append(";".join(cells))
    target = service.add_list(
        "shell",
        NewList(NAMES[lang], "register", BASIS[lang], clock.today() + timedelta(days=700), "other", "number"),
    )
    file = BytesIO(("\n".join(lines) + "\n").encode())
    imports.apply("shell", imports.prepare("shell", target, file, Asked("free", clock.today())))
    lists = matching.hold_lists()
    for person, (number, family, given, born, _sex) in zip(residents, with_account, strict=True):
        is_young = born > clock.today() - timedelta(days=30 * 365)
        if draw(f"known:{number}") % 10 < (3 if is_young else 7):
            who = Sought(number, normalized(family), normalized(given), born)
            found = matching.find_person(lists, who, clock.today())
            if found is not None:
                matching.match(person, found, 2, "self")


def _person(number: int, given: str, family: str) -> tuple[str, str, str, date, str]:
    """Number, names, birth and sex; nobody is younger than 12."""
    born = clock.today() - timedelta(days=12 * 365 + draw(f"born:{number}") % (80 * 365))
    return f"V-{number:05}", family, given, born, "F" if given in WOMEN else "M"
