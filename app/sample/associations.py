"""The associations of Valclair: five on the register, one of them dormant, and one whose application waits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.associations import service
from app.associations.models import Association, AssociationGrant, AssociationMember
from app.associations.rules import Description, Standing
from app.core import clock
from app.core.db import db
from app.people import service as people


def build(districts: Mapping[str, Mapping[str, str]], residents: Sequence[int], own: int, lang: str) -> None:
    """Make them in one language, as associations write in theirs. `own` is a delegate of the first, in which somebody waits."""
    told: list[dict[str, Any]] = json.loads(
        (Path(__file__).parent / "associations.json").read_text(encoding="utf-8")
    )
    free = iter(residents)
    for one in told:
        described = Description(
            one["name"][lang],
            one["purpose"][lang],
            one["theme"],
            "" if one["district"] == "all" else districts[one["district"]][lang],
            size=one["size"],
            email=one.get("email", ""),
            phone=one.get("phone", ""),
        )
        people_of_it = [next(free) for _ in range(one["members"])]
        if one["due"] is None:
            service.apply(people_of_it[0], _name(people_of_it[0]), described)
            continue
        made = service.add("shell", described, clock.today() + timedelta(days=one["due"]))
        for place, person in enumerate(people_of_it):
            _join(made, person, Standing.DELEGATE if place < 2 else Standing.MEMBER)
        if one is told[0]:
            _join(made, own, Standing.DELEGATE)
            _join(made, next(free), Standing.ASKED)
            _grant(made, one["grant"][lang])


def _join(association: Association, person: int, standing: Standing) -> None:
    member = AssociationMember(association_id=association.id, person_id=person, standing=standing)
    member.name, member.since_at = _name(person), clock.now()
    db.session.add(member)
    db.session.flush()


def _grant(association: Association, purpose: str) -> None:
    day = clock.today() - timedelta(days=150)
    row = AssociationGrant(year=day.year, amount_cents=120_000, purpose=purpose, decided_on=day)
    service.grant(service.as_officer("shell", association.id), row)


def _name(person: int) -> str:
    return people.get_person(person).display_name or "Camille Roux"
