"""The shape of forms: who somebody says they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext

from app.census.identity import normalized
from app.verification.errors import WrongClaim
from app.verification.rules import Claim

LONGEST = 200


def read_claim(form: Mapping[str, str], identities: set[str]) -> Claim:
    """What was typed; all faults at once. What is asked for depends on by what the lists know people. Raises: WrongClaim."""
    number, family, given = (form.get(name, "").strip()[:LONGEST] for name in ("number", "family", "given"))
    born, faults = _read_day(form), {}
    if not number and identities == {"number"}:
        faults["number"] = gettext("Enter your identity number.")
    if not normalized(family):
        faults["family"] = gettext("Enter your family name.")
    if not normalized(given) and "civil-status" in identities and not number:
        faults["given"] = gettext("Enter all your given names.")
    if born is None:
        faults["born"] = gettext("Enter a day, month and year that exist.")
    if born is None or faults:
        raise WrongClaim(fields=faults)
    return Claim(number, normalized(family), normalized(given), born)


def _read_day(form: Mapping[str, str]) -> date | None:
    try:
        day, month, year = (int(form.get(f"born-{part}", "").strip()) for part in ("day", "month", "year"))
        return date(year, month, day) if year >= 1850 else None
    except ValueError:
        return None
