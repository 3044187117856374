"""From a Pabulib file to a budget: its projects and META; the votes in it are read and checked, but not cast."""

from __future__ import annotations

from typing import BinaryIO

from flask import current_app
from flask_babel import gettext

from app.budgets import results
from app.budgets.errors import FileRefused
from app.budgets.models import Budget, Project
from app.core import audit
from app.core.db import db
from app.counting import pabulib
from app.counting.election import Election, whole_cents
from app.counting.election import Project as FiledProject
from app.counting.errors import Fault, RefusedFile
from app.counting.money import parse_number
from app.processes import service as processes
from app.processes.models import Process

SHOWN = 200
MOST_CENTS = 10**15
"""Ten million million: what the database, and the numbers of a browser's scripts, hold exactly."""


def import_file(actor: str, stream: BinaryIO, title: str = "") -> Process:
    """Make a draft process of kind "budget" from a .pb file; all or nothing.

    Raises: FileRefused with every fault and its line.
    """
    election = _read(stream)
    lang = _language(election)
    named = title.strip() or _title(election)
    process = processes.create(actor, "budget", {lang: named}, _currency(election))
    process.summary = {lang: election.meta["description"]} if election.meta.get("description") else {}
    db.session.add(
        Budget(
            process_id=process.id,
            total_cents=whole_cents(election.budget),
            vote_type=election.vote_type.value,
            rule=results.known_rule(election),
            meta=dict(election.meta),
            votes_left_out=len(election.ballots),
        )
    )
    db.session.add_all(
        _project(process.id, position, filed, lang) for position, filed in enumerate(election.projects)
    )
    db.session.flush()
    audit.record(
        actor, "budget.import", f"process:{process.id}",
        projects=len(election.projects), votes_left_out=len(election.ballots),
    )  # fmt: skip
    return process


def _read(stream: BinaryIO) -> Election:
    try:
        election = pabulib.read(stream)
    except RefusedFile as refused:
        raise FileRefused(_listed(refused.faults)) from refused
    faults = [*_cents_faults(election)]
    if not election.projects:
        faults.append(gettext("The file has no projects."))
    if faults:
        raise FileRefused(faults)
    return election


def _listed(faults: tuple[Fault, ...]) -> list[str]:
    shown = []
    for fault in faults[:SHOWN]:
        sentence = gettext(fault.template) % fault.values
        shown.append(
            sentence
            if fault.line is None
            else gettext("Line %(line)s: %(fault)s", line=fault.line, fault=sentence)
        )
    if len(faults) > SHOWN:
        shown.append(gettext("and %(number)s more", number=len(faults) - SHOWN))
    return shown


def _cents_faults(election: Election) -> list[str]:
    amounts = [(gettext("the budget"), election.budget)]
    amounts += [(gettext("the cost of project %(ref)s", ref=one.id), one.cost) for one in election.projects]
    finer = [what for what, amount in amounts if (amount * 100).denominator != 1]
    limits = [(name, parse_number(election.meta.get(name, ""))) for name in ("min_sum_cost", "max_sum_cost")]
    given = [*amounts, *((name, amount) for name, amount in limits if amount is not None)]
    larger = [what for what, amount in given if amount * 100 > MOST_CENTS]
    return [
        *(gettext("An amount is finer than a cent: %(what)s.", what=what) for what in finer),
        *(gettext("An amount is too large: %(what)s.", what=what) for what in larger),
    ]


def _project(process_id: int, position: int, filed: FiledProject, lang: str) -> Project:
    extra = dict(filed.extra)
    return Project(
        process_id=process_id,
        position=position,
        ref=filed.id,
        title={lang: filed.name or gettext("Project %(ref)s", ref=filed.id)},
        category={lang: filed.category} if filed.category else {},
        district={lang: filed.district} if filed.district else {},
        description={lang: extra.pop("description")} if extra.get("description") else {},
        cost_cents=filed.cost_cents,
        latitude=_degrees(extra.get("latitude", ""), 90),
        longitude=_degrees(extra.get("longitude", ""), 180),
        extra={name: cell for name, cell in extra.items() if cell} | _excludes(filed),
    )


def _excludes(filed: FiledProject) -> dict[str, str]:
    return {"excludes": ",".join(filed.excludes)} if filed.excludes else {}


def _degrees(text: str, most: int) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -most <= number <= most else None


def _language(election: Election) -> str:
    offered = current_app.config["CIVIC"].languages
    named = election.meta.get("language", "").lower()
    return named if named in offered else offered[0]


def _title(election: Election) -> str:
    unit, instance = election.meta.get("unit", ""), election.meta.get("instance", "")
    return " ".join(part for part in (unit, instance) if part) or gettext("Participatory budget")


def _currency(election: Election) -> str:
    named = election.meta.get("currency", "").upper()
    return named if len(named) == 3 and named.isalpha() else str(current_app.config["CIVIC"].currency)
