"""The shape of input, typed or from a file: what an association says of itself, a grant, a search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext

from app.associations.errors import NoName, WrongDescription, WrongGrant
from app.associations.models import Association, AssociationGrant
from app.associations.queries import Search
from app.associations.rules import LONGEST, MOST_CENTS, MOST_MEMBERS, THEMES, Description
from app.core import clock
from app.people.rules import clean_name, normalize_address

Texts = dict[str, str]
_DAYS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>\d{4})"),
)
_MONEY = re.compile(r"\d{1,12}([.,]\d{1,2})?")
_RNA = re.compile(r"W\d{9}")


def typed(form: Mapping[str, str]) -> Texts:
    """The texts of the form about an association; a day in three fields becomes one text."""
    told = {name: form.get(name, "") for name in (*LONGEST, "theme", "size")}
    return told | {"statutes_on": _day_of_fields(form, "statutes_on")}


def values_of(association: Association) -> Texts:
    """An association as the form takes it."""
    told = texts_of(association)
    day = association.statutes_on
    parts = {"day": day.day, "month": day.month, "year": day.year} if day else {}
    return told | {f"statutes_on-{part}": str(number) for part, number in parts.items()}


def texts_of(told: Association | Description) -> Texts:
    """What an association says of itself as texts, by the fields of its description."""
    fields = {name: getattr(told, name) for name in Description.__dataclass_fields__}
    return {name: "" if one is None else str(one) for name, one in fields.items()}


def read_description(texts: Mapping[str, str], *, needs_purpose: bool = True) -> Description:
    """What an association says of itself; all faults at once. A council may know only its name. Raises: WrongDescription."""
    faults: Texts = {}
    told = {name: _clean(name, texts.get(name, ""), faults) for name in LONGEST}
    told["number"], theme = told["number"].upper(), texts.get("theme", "")
    day, size = texts.get("statutes_on", "").strip(), texts.get("size", "").strip()
    statutes_on, members = read_day(day), _count(size)
    sentences = _sentences()
    wrong = {
        "name": not told["name"],
        "purpose": needs_purpose and not told["purpose"],
        "theme": theme not in THEMES,
        "number": bool(told["number"]) and not _is_number(told["number"]),
        "statutes_on": bool(day) and (statutes_on is None or statutes_on > clock.today()),
        "size": bool(size) and members is None,
        "email": bool(told["email"]) and normalize_address(told["email"]) is None,
        "website": bool(told["website"]) and not is_web_address(told["website"]),
    }
    faults = {name: sentences[name] for name, is_wrong in wrong.items() if is_wrong} | faults
    if faults:
        raise WrongDescription(fields=faults)
    return Description(**told, theme=theme, statutes_on=statutes_on, size=members)


def _sentences() -> Texts:
    return {
        "name": gettext("Enter the name of the association."),
        "purpose": gettext("Say what the association is for."),
        "theme": gettext("Choose what the association is about."),
        "number": gettext("Enter the RNA number: W and nine digits, such as W751234567."),
        "statutes_on": gettext("Enter a day that exists and has been."),
        "size": gettext("Enter a whole number of members."),
        "email": gettext("Enter an e-mail address in the correct form, such as name@example.org."),
        "website": gettext("Enter an address that begins with https://"),
    }


def read_day(text: str) -> date | None:
    """A day written as 2026-11-28 or 28/11/2026; None when it is not one."""
    for way in _DAYS:
        if found := way.fullmatch(text.strip()):
            try:
                day = date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
            return day if 1700 <= day.year <= 2200 else None
    return None


def is_web_address(text: str) -> bool:
    """Whether a browser can be sent there: https, a name with a dot, and no account in it that would hide the name."""
    try:
        found = urlsplit(text)
        name, _port = found.hostname or "", found.port
    except ValueError:
        return False
    is_plain = text.isascii() and not re.search(r"[\s\"'<>\\^`{|}]", text)
    return is_plain and found.scheme == "https" and "." in name.strip(".") and "@" not in found.netloc


def read_grant(form: Mapping[str, str]) -> AssociationGrant:
    """A grant as it was typed; all faults at once. Raises: WrongGrant."""
    faults: Texts = {}
    year, amount = form.get("year", "").strip(), re.sub(r"[\s€]", "", form.get("amount", ""))
    decided_on, purpose = read_day(_day_of_fields(form, "decided_on")), form.get("grant_purpose", "").strip()
    if not re.fullmatch(r"(19|20|21)\d\d", year, re.ASCII):
        faults["year"] = gettext("Enter a year in four digits.")
    cents = _cents(amount)
    if not 0 < cents <= MOST_CENTS:
        faults["amount"] = gettext("Enter an amount, such as 1500 or 1500,50.")
    if not 0 < len(purpose) <= LONGEST["purpose"]:
        faults["grant_purpose"] = gettext("Say what the grant is for.")
    if decided_on is None or decided_on > clock.today():
        faults["decided_on"] = gettext("Enter a day that exists and has been.")
    if decided_on is None or faults:
        raise WrongGrant(fields=faults)
    return AssociationGrant(year=int(year), amount_cents=cents, purpose=purpose, decided_on=decided_on)


def read_search(given: Mapping[str, str]) -> Search:
    """What somebody looks for."""
    words, theme, district = (given.get(name, "").strip()[:200] for name in ("q", "theme", "district"))
    return Search(words, theme if theme in THEMES else "", district)


def _clean(name: str, text: str, faults: Texts) -> str:
    most = LONGEST[name]
    if len(text) > 2 * most + 200:  # normalizing takes the square of the time (A41)
        faults[name] = gettext("At most %(most)s letters.", most=most)
        return text
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    words = ("\n" if name == "purpose" else " ").join(
        re.sub(r"[^\S\n]+", " ", line).strip() for line in lines
    )
    if len(words) > most:
        faults[name] = gettext("At most %(most)s letters.", most=most)
    if any(_is_unseen(sign) for sign in words.replace("\n", "")):
        faults[name] = gettext("There are signs in this that cannot be shown. Type it anew.")
    return words


def _is_unseen(sign: str) -> bool:
    """Signs that nobody sees would make a twin of a registered name; the two joiners belong to how some languages write."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in "\u200c\u200d"


def _is_number(number: str) -> bool:
    return current_app.config["CIVIC"].country != "fr" or _RNA.fullmatch(number) is not None


def _count(text: str) -> int | None:
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or int(text) > MOST_MEMBERS:
        return None
    return int(text)


def _cents(text: str) -> int:
    if not _MONEY.fullmatch(text) or not text.isascii():
        return 0
    whole, _, part = text.replace(",", ".").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") if part else "0")


def _day_of_fields(form: Mapping[str, str], name: str) -> str:
    parts = [form.get(f"{name}-{part}", "").strip()[:10] for part in ("year", "month", "day")]
    return "-".join(parts) if any(parts) else ""


def read_application(form: Mapping[str, str]) -> tuple[Description, str]:
    """What an association says of itself, and who applies for it; all faults at once. Raises: WrongDescription."""
    faults, name = {}, clean_name(form.get("member", "")[:300])
    if not name:
        faults["member"] = NoName().message()
    try:
        described = read_description(typed(form))
    except WrongDescription as wrong:
        raise WrongDescription(fields=wrong.fields | faults) from wrong
    if not name or faults:
        raise WrongDescription(fields=faults)
    return described, name
