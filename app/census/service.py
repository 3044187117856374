"""Use cases of officers: add a list, say until when it is kept; and nobody else changes it meanwhile."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.census import keys, queries
from app.census.errors import ImportRunning, WrongList
from app.census.keys import Keys, OtherPepper
from app.census.models import CensusList
from app.core import audit, clock
from app.core.db import db

LONGEST_NAME = 80
LONGEST_BASIS = 500
SOURCES = ("electoral_roll", "padron", "register", "desk")
IDENTITY_OF = {"fr": "civil-status", "es": "number", "other": "number"}


@dataclass(frozen=True)
class NewList:
    """What an officer says of a list: its source, why the council may use it, until when."""

    name: str
    source: str
    legal_basis: str
    kept_until_on: date
    country: str
    identity: str


def add_list(actor: str, new: NewList) -> CensusList:
    """Add an empty list. Raises: WrongList, with a sentence for each field."""
    faults = _faults_of(new)
    if faults:
        raise WrongList(fields=faults)
    added = CensusList(
        name=new.name.strip(),
        source=new.source,
        legal_basis=new.legal_basis.strip(),
        kept_until_on=new.kept_until_on,
        country=new.country,
        identity=new.identity,
        key_check=b"",
        created_at=clock.now(),
    )
    db.session.add(added)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise WrongList(fields={"name": gettext("A list has this name already.")}) from taken
    newest = next(iter(keys.peppers()), None)
    if newest:
        added.sealed_key = keys.sealed_with(newest, added.id, secrets.token_bytes(32))
    added.key_check = Keys(added.id, added.sealed_key).check()
    db.session.flush()
    audit.record(actor, "census.add", f"census:{added.id}", source=new.source, kept_until=new.kept_until_on)
    return added


def keep_until(actor: str, target: CensusList, day: date | None) -> None:
    """Keep a list longer or less long. Raises: WrongList."""
    if day is None or day <= clock.today():
        raise WrongList(fields={"kept": gettext("Choose a day in the future: until then the list is kept.")})
    target.kept_until_on = day
    db.session.flush()
    audit.record(actor, "census.keep", f"census:{target.id}", kept_until=day)


def has_other_key(target: CensusList) -> bool:
    """Whether the site's keys are others than those of the list's hashes: nobody on it is known again (ADR 13)."""
    try:
        return target.key_check != Keys(target.id, target.sealed_key).check()
    except OtherPepper:
        return True


def hold_list(target: CensusList) -> None:
    """Nobody else changes the list until this transaction ends. Raises: ImportRunning at once if somebody does.

    SQLite lets one write at a time anyway, and says so after its patience.
    """
    try:
        if db.session.get_bind().dialect.name == "postgresql":
            asked = text("SELECT pg_try_advisory_xact_lock(hashtext('civic.census'), :list)")
            if not db.session.scalar(asked, {"list": target.id}):
                raise ImportRunning
        else:
            db.session.connection()
    except OperationalError as busy:
        raise ImportRunning from busy
    db.session.expire_all()


def _faults_of(new: NewList) -> dict[str, str]:
    faults = {}
    if not 0 < len(new.name.strip()) <= LONGEST_NAME:
        faults["name"] = gettext("Give the list a name of at most %(most)s letters.", most=LONGEST_NAME)
    elif queries.find_list(new.name):
        faults["name"] = gettext("A list has this name already.")
    if not 0 < len(new.legal_basis.strip()) <= LONGEST_BASIS:
        faults["basis"] = gettext("Say which law or decision allows the council to use this list.")
    if new.source not in SOURCES:
        faults["source"] = gettext("Say where the list comes from.")
    if new.identity not in IDENTITY_OF.values():
        faults["identity"] = gettext("Say by what a person is known again.")
    if new.kept_until_on <= clock.today():
        faults["kept"] = gettext("Choose a day in the future: until then the list is kept.")
    return faults
