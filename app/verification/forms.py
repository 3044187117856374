"""The shape of forms: who somebody says they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import gettext

from app.core.forms import read_day
from app.core.spelling import normalized
from app.verification.errors import WrongClaim
from app.verification.rules import Claim

LONGEST = 200


def read_claim(form: Mapping[str, str], identities: set[str]) -> Claim:
    """What was typed; all faults at once. What is asked for depends on by what the lists know people. Raises: WrongClaim."""
    number, family, given = (form.get(name, "").strip()[:LONGEST] for name in ("number", "family", "given"))
    born, faults = read_day(form, "born"), {}
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
    return Claim(number, normalized(family), normalized(given), born, read_list(form))


def read_list(form: Mapping[str, str]) -> int:
    """The census list that is meant; 0: any."""
    number = form.get("list", "")
    return int(number) if re.fullmatch(r"[0-9]{1,9}", number, re.ASCII) else 0
