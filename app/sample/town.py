"""Fills an empty site with Valclair: residents, their register, associations, an open budget and a finished one with results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import insert, update

from app.ballots import keeping
from app.ballots import service as ballots
from app.ballots.models import RollEntry
from app.budgets import pictures, queries, rules
from app.budgets import service as budgets
from app.budgets.models import Budget, Project
from app.core import clock
from app.core.db import db
from app.people import consent
from app.people import queries as people_queries
from app.people import service as people
from app.people.consent import Way
from app.people.models import ContactPoint, Person
from app.people.purposes import PURPOSES
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.models import Process
from app.sample import associations, roll
from app.sample import pictures as drawings
from app.sample.errors import NotEmpty
from app.sample.lots import draw

RESIDENTS = 320
VOTED = {"open": 143, "finished": 301}
DAYS = 21


@dataclass(frozen=True)
class Town:
    """What was made: its name and the addresses of one officer and one resident who have not voted yet."""

    name: str
    officer: str
    resident: str


def build() -> Town:
    """Make the town; the caller commits. Raises: NotEmpty."""
    if any(people_queries.count_people().values()) or processes.list_processes(published=False):
        raise NotEmpty
    told: dict[str, Any] = json.loads((Path(__file__).parent / "town.json").read_text(encoding="utf-8"))
    voters = _residents(told)
    _finished(told, voters)
    _open(told, voters)
    roll.build(told, voters, _first_language())
    _consents(voters)
    name, domain = told["town"], current_app.config["CIVIC"].hostname
    officer, resident = f"mairie@{_domain(domain)}", f"resident@{_domain(domain)}"
    for address in (officer, resident):
        people.confirm_address(people.ensure_person(address, _first_language()), address)
    own = people.ensure_person(resident, _first_language())
    associations.build(told["districts"], voters, own.id, _first_language())
    return Town(name, officer, resident)


def _residents(told: Mapping[str, Any]) -> list[int]:
    now, languages = clock.now(), current_app.config["CIVIC"].languages
    names = [f"{given} {family}" for family in told["family"] for given in told["given"]][:RESIDENTS]
    made = db.session.scalars(
        insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [
            {
                "display_name": name,
                "language": languages[number % len(languages)],
                "role": "resident",
                "created_at": now,
                "sessions_from": now,
            }
            for number, name in enumerate(names)
        ],
    ).all()
    addresses = [f"resident{number}@valclair.example" for number in range(1, len(made) + 1)]
    db.session.execute(
        insert(ContactPoint),
        [
            {
                "person_id": person,
                "kind": "email",
                "address": address,
                "normalized": address,
                "confirmed_at": now,
            }
            for person, address in zip(made, addresses, strict=True)
        ],
    )
    return list(made)


def _consents(residents: Sequence[int]) -> None:
    """Six in ten want letters of a purpose."""
    for purpose in PURPOSES:
        for number, person in enumerate(residents):
            if draw(f"wants {purpose.key}:{number}") % 10 < 6:
                consent.give(person, purpose, Way("page", people.get_person(person).language))


def _finished(told: Mapping[str, Any], voters: Sequence[int]) -> None:
    process = _budget(told, "finished", "past")
    _vote(process, voters[: VOTED["finished"]])
    begins, ends = _day(-400, 9), _day(DAYS - 400, 18)
    for number, voter in enumerate(voters[: VOTED["finished"]]):
        day = begins.date() + timedelta(days=draw(f"day:{number}") % (DAYS + 1))
        db.session.execute(
            update(RollEntry)
            .where(RollEntry.process_id == process.id, RollEntry.person_id == voter)
            .values(voted_on=day)
        )
    process_service.set_dates("shell", process, begins, ends)
    keeping.close_box(process)
    budgets.count_closed()
    process_service.publish_results("shell", process)


def _open(told: Mapping[str, Any], voters: Sequence[int]) -> None:
    process = _budget(told, "open", "projects")
    _vote(process, voters[-VOTED["open"] :])
    keeping.empty_hopper(process.id)
    keeping.compare(process.id)
    keeping.add_link(process.id)


def _budget(told: Mapping[str, Any], name: str, listed: str) -> Process:
    facts = told[name]
    process = process_service.create("shell", "budget", facts["title"], current_app.config["CIVIC"].currency)
    process_service.write_texts(
        "shell", process, {text: facts[text] for text in process_service.TEXTS if text in facts}
    )
    meta = {"description": facts["title"]["en"], "unit": told["town"], "max_length": str(facts["most"])}
    db.session.add(
        Budget(
            process_id=process.id,
            total_cents=facts["total"] * 100,
            vote_type="approval",
            rule=facts["rule"],
            meta=meta,
        )
    )
    for position, row in enumerate(told[listed]):
        db.session.add(_project(told, process, position, row))
    process_service.set_dates("shell", process, _day(-6, 9), _day(15, 18))
    process_service.publish("shell", process)
    return process


def _project(told: Mapping[str, Any], process: Process, position: int, row: Sequence[Any]) -> Project:
    motif, category, district, cost, title, description = row
    picture = f"sample-{process.id}-{position}.svg"
    pictures.keep(picture, drawings.draw(motif, position + process.id * 7))
    return Project(
        process_id=process.id,
        position=position,
        ref=str(position + 1),
        title=title,
        description=description,
        category=told["categories"][category],
        district=told["districts"][district],
        cost_cents=cost * 100,
        picture=picture,
    )


def _vote(process: Process, voters: Sequence[int]) -> None:
    poll = queries.load(process)
    for voter in voters:
        chosen = _choices(f"{process.slug}:{voter}", list(poll.candidates), poll.limits.most)
        text = rules.box_text(chosen, poll.limits.kind, poll.candidates)
        ballots.enter_roll(process.slug, voter)
        ballots.cast(process, voter, text, hashlib.sha256(f"{process.slug}:{voter}".encode()).digest())
        people.note_activity(voter, "voted", process.id)


def _choices(seed: str, projects: Sequence[int], most: int) -> rules.Choices:
    # Some projects are liked more than others: of two drawn, a voter takes the one nearer the top of a fixed liking.
    liking = {project: draw(f"liking:{place}") for place, project in enumerate(projects)}
    number = 1 + draw(f"{seed}:number") % most
    taken: dict[int, None] = {}
    for turn in range(4 * most):
        pair = [projects[draw(f"{seed}:{turn}:{side}") % len(projects)] for side in "ab"]
        taken[max(pair, key=lambda project: liking[project])] = None
    return rules.Choices(tuple(list(taken)[:number]))


def _day(days_from_now: int, hour: int) -> datetime:
    """That many days from now, at this hour on the clocks of the town."""
    local = clock.local(clock.now()) + timedelta(days=days_from_now)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)


def _first_language() -> str:
    return str(current_app.config["CIVIC"].languages[0])


def _domain(hostname: str) -> str:
    return hostname if "." in hostname else "valclair.example"
