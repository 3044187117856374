"""Checks of single settings: each takes the text and returns the value, or raises ValueError saying what it must be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

LANGUAGES = ("fr", "es", "en")
REGISTER_FIELDS = ("number", "family", "given", "born", "people", "reference", "district", "sex")

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_EMAIL = re.compile(r"[^@\s\"<>(),;:\\]{1,64}@([^@\s]+)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def text(longest: int) -> Callable[[str], str]:
    """One line of at most `longest` characters."""

    def parse(given: str) -> str:
        if not given or len(given) > longest or _CONTROL.search(given):
            raise ValueError(f"must be one line of 1 to {longest} characters")
        return given

    return parse


def hostname(given: str) -> str:
    """A DNS name or an address, without scheme, port or path."""
    name = given.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("must be a host name such as participe.example.org, without https://")
    return name


def email(given: str) -> str:
    """One address."""
    match = _EMAIL.fullmatch(given)
    try:
        if match is None or len(given) > 254:
            raise ValueError
        hostname(match.group(1))
    except ValueError:
        raise ValueError("must be an e-mail address such as mairie@example.org") from None
    return given


def return_address(given: str) -> str:
    """One address with room for a number and a seal before its @ (RFC 5321 allows 64 signs there)."""
    email(given)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,24}@.*", given):
        raise ValueError("must be an address with at most 24 letters, digits or . _ - before the @")
    return given


def one_of(*words: str) -> Callable[[str], str]:
    """One of the named words."""

    def parse(given: str) -> str:
        if given not in words:
            raise ValueError("must be one of " + ", ".join(words))
        return given

    return parse


def yes_no(given: str) -> bool:
    """yes or no."""
    if given not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return given == "yes"


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def parse(given: str) -> int:
        if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(given)

    return parse


def languages(given: str) -> tuple[str, ...]:
    """Language codes that the site has, without repetition."""
    codes = tuple(code.strip() for code in given.split(","))
    if len(set(codes)) != len(codes) or not set(codes) <= set(LANGUAGES):
        raise ValueError("must be a comma-separated choice of " + ", ".join(LANGUAGES))
    return codes


def time_zone(given: str) -> str:
    """A name of the tz database."""
    try:
        ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Paris") from None
    return given


def hours(given: str) -> str:
    """A span of the day such as 02:00-05:00; over midnight, too."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", given) or given[:5] == given[6:]:
        raise ValueError("must be a span of hours such as 02:00-05:00")
    return given


def currency(given: str) -> str:
    """Three capital letters."""
    if not re.fullmatch(r"[A-Z]{3}", given):
        raise ValueError("must be an ISO 4217 code such as EUR")
    return given


def absolute_path(given: str) -> str:
    """A path from the root, of plain characters only, so that it can stand in a unit file."""
    if not re.fullmatch(r"(/[\w.@+-]+)+/?", given) or ".." in given:
        raise ValueError("must be an absolute path of letters, digits and . @ + - _")
    return given


def url(given: str) -> str:
    """http(s) address without credentials, query or fragment."""
    parts = urlsplit(given)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must be an address such as https://participe.example.org")
    hostname(parts.hostname)
    return given


def source_of_updates(given: str) -> str:
    """A folder, or an https address."""
    if not given.startswith(("/", "https://")):
        raise ValueError("must be a folder on the host or an address that begins with https://")
    return absolute_path(given) if given.startswith("/") else url(given)


def webhook(given: str) -> str:
    """https address, with path and query if need be; an address within the town's own network is not called."""
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an address such as https://alerts.example.org/hook")
    name = hostname(parts.hostname)
    try:
        is_inside = not ipaddress.ip_address(name).is_global
    except ValueError:
        is_inside = name == "localhost"
    if is_inside:
        raise ValueError("must lead to a public address")
    return given


def register_url(given: str) -> str:
    """https address, with path and query if need be; the register may well be in the town's own network."""
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an address such as https://padron.example.org/check")
    hostname(parts.hostname)
    return given


def register_fields(given: str) -> tuple[str, ...]:
    """OURS=THEIRS, each of ours at most once."""
    return _pairs(given, REGISTER_FIELDS, "number=dni,born=fecha")


def sms_url(given: str) -> str:
    """https address of a provider, which may be a box in the town's own network; or "file"."""
    return given if given == "file" else register_url(given)


def sms_fields(given: str) -> tuple[str, ...]:
    """OURS=THEIRS, each of ours at most once."""
    return _pairs(given, ("to", "text", "from", "key"), "to=recipient,text=message")


def sms_sender(given: str) -> str:
    """A number of 3 to 15 digits, or a name of at most 11 letters and digits, as GSM 03.40 takes it."""
    if not re.fullmatch(r"\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", given):
        raise ValueError("must be a number, or at most 11 letters and digits")
    return given


def calling_prefix(given: str) -> str:
    """A plus sign and the country's digits."""
    if not re.fullmatch(r"\+[1-9][0-9]{0,2}", given):
        raise ValueError("must be such as +33")
    return given


def _pairs(given: str, known: Sequence[str], example: str) -> tuple[str, ...]:
    found = tuple(pair.strip() for pair in given.split(",") if pair.strip())
    ours = [pair.partition("=")[0] for pair in found]
    is_whole = all(pair.partition("=")[2] for pair in found)
    if not set(ours) <= set(known) or len(set(ours)) < len(ours) or not is_whole:
        raise ValueError(f"must be pairs such as {example}; ours are {', '.join(known)}")
    return found


def networks(given: str) -> tuple[str, ...]:
    """IP addresses or networks, comma-separated; empty for none."""
    found = [word.strip() for word in given.split(",") if word.strip()]
    try:
        return tuple(str(ipaddress.ip_network(word)) for word in found)
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.5 or 10.0.0.0/24") from None


def age_recipients(given: str) -> tuple[str, ...]:
    """Public keys of age, comma-separated; empty for none."""
    found = tuple(word.strip() for word in given.split(",") if word.strip())
    if not all(re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", one) for one in found):
        raise ValueError(
            "must be public keys of age-keygen, such as age1… with 58 letters and digits after age1"
        )
    return found


def database_url(given: str) -> str:
    """A SQLAlchemy address of PostgreSQL (psycopg) or SQLite."""
    if not re.match(r"(postgresql\+psycopg://|sqlite:///)", given) or _CONTROL.search(given):
        raise ValueError("must start with postgresql+psycopg:// or sqlite:///")
    return given


def secret(shortest: int) -> Callable[[str], str]:
    """A secret of at least `shortest` characters."""

    def parse(given: str) -> str:
        if len(given) < shortest or _CONTROL.search(given):
            raise ValueError(f"must have at least {shortest} characters")
        return given

    return parse


def secret_and_before(given: str) -> tuple[str, ...]:
    """None, one secret, or two after a comma: the newer one first."""
    found = tuple(one.strip() for one in given.split(",")) if given else ()
    if len(found) > 2 or any(len(one) < 32 or _CONTROL.search(one) for one in found):
        raise ValueError("must be a secret of at least 32 characters, or two of them after a comma")
    return found


def optional(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """The check, or nothing at all."""
    return lambda given: parse(given) if given else ""


def colour(given: str) -> str:
    """A colour as # and six hexadecimal digits, in lower case; whether it can be read is app.theme's question."""
    if not _COLOUR.fullmatch(given.lower()):
        raise ValueError("must be a colour such as #0b4f5c: # and six hexadecimal digits")
    return given.lower()
