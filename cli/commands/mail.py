"""`civic mail`: whether letters arrive, and what becomes of those that a restored site holds back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import click

from app import setting_checks
from cli.care.mail import DEFAULTS, trial_letter
from cli.commands.doctor import show
from cli.console import Console
from cli.doctor import measure
from cli.doctor.finding import Finding
from cli.errors import WrongUse
from cli.mail import records, round_trip
from cli.mail.dns import Dns
from cli.mail.road import Blocked, Walk
from cli.site import HostSite
from cli.verb import verb


@click.group("mail", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Whether letters arrive; and those that a restored site holds back until it is told.

    \b
    Examples:
      civic mail doctor
      civic mail test me@example.org
      civic mail resume
      civic mail drop
    """


@command.add_command
@verb
def resume(console: Console) -> Mapping[str, Any]:
    """Send the held letters now. Some may have left already, after the set was made.

    \b
    Example:
      civic mail resume
    """
    said = _tell("resume")
    if said["all_held"]:
        raise WrongUse(
            "This site is a clone: all its mail is held, also what people write from now on.",
            "If it is to write to people: civic config set mail-held no, then: civic mail resume",
            "Nothing was sent.",
        )
    console.say(f"{said['letters']} letters are on their way.")
    return said


@command.add_command
@verb
def drop(console: Console) -> Mapping[str, Any]:
    """Never send the held letters.

    \b
    Example:
      civic mail drop
    """
    console.agree("Never send the letters that are held?")
    said = _tell("drop")
    console.say(f"{said['letters']} letters will not be sent.")
    return said


def _tell(wish: str) -> dict[str, Any]:
    site = HostSite()
    site.require()
    return site.app_commands().call(
        "mail", wish, standing="The letters are held as before.", then="civic doctor"
    )


@command.add_command
@verb
@click.argument("address")
def test(console: Console, address: str) -> Mapping[str, Any]:
    """Send one letter to ADDRESS on the way that the site's letters take, and tell each step.

    \b
    Example:
      civic mail test me@example.org
    """
    walk = Walk(_known())
    try:
        setting_checks.email(address)
    except ValueError as wrong:
        raise WrongUse(
            f"ADDRESS {wrong} (it is {address[:60]!r})", "civic mail test me@example.org"
        ) from None
    with console.step("Sending", about_seconds=5):
        found = _go(walk, address, trial_letter(walk.known, walk.sender, address))
    console.table(walk.steps)
    for finding in found:
        show(console, finding)
    if not found:
        console.say()
        console.say(
            "The mail server took it. If it does not arrive within minutes, look into the folder for unwanted mail."
        )
        console.say(
            "In its full headers Authentication-Results should say spf=pass, dkim=pass and dmarc=pass."
        )
    return _told(walk, found)


@command.add_command
@verb
def doctor(console: Console) -> Mapping[str, Any]:
    """Look for what keeps letters from arriving: the mail server, up to the recipient, and the records in the DNS.

    Where letters have an address to come back to (CIVIC_MAIL_BOUNCES), the site writes to itself and waits for that letter,
    two minutes at most. It sends nothing else.

    \b
    Example:
      civic mail doctor
    """
    walk = Walk(_known())
    with console.step("Looking", about_seconds=10):
        blocked = _go(walk, walk.known["CIVIC_ADMIN_EMAIL"])
        own = measure.addresses_of(walk.known["CIVIC_HOSTNAME"])
        key = records.public_key() if walk.known["CIVIC_MAIL_BY_HOST"] == "yes" else ""
        found = blocked + list(records.examine(walk.known, Dns.of_this_machine(), own, key))
    back = walk.known["CIVIC_MAIL_BOUNCES"]
    if back and not blocked:
        with console.step("There and back", about_seconds=60):
            lost = list(round_trip.examine(HostSite().app_commands(), back))
        walk.steps += [] if lost else [("Back", back)]
        found += lost
    console.table(walk.steps)
    for finding in found:
        show(console, finding)
    if not found:
        console.say("Nothing found. civic mail test ADDRESS sends a letter all the way.")
    return _told(walk, found)


@command.add_command
@verb
def dns(console: Console) -> Mapping[str, Any]:
    """Print the records that the DNS needs for a host that delivers the mail by itself (CIVIC_MAIL_BY_HOST).

    \b
    Example:
      civic mail dns
    """
    known = _known()
    if known["CIVIC_MAIL_BY_HOST"] != "yes":
        raise WrongUse(
            "This host does not deliver the mail by itself: whoever runs the mail server knows its records.",
            "civic mail doctor",
        )
    wanted = records.wanted(known, records.public_key())
    for line in wanted:
        console.say(line)
    host, sender = known["CIVIC_HOSTNAME"], (known["CIVIC_MAIL_FROM"] or "@").rpartition("@")[2]
    if sender not in ("", host):
        console.say(
            f"And in the SPF record that {sender} has: a:{host}, before its last word. Make no second one."
        )
    console.say("And whoever gave this host its address: a PTR record for it, " + known["CIVIC_HOSTNAME"])
    return {"records": wanted}


def _known() -> dict[str, str]:
    site = HostSite()
    site.require()
    return {**DEFAULTS, **site.given()}


def _go(walk: Walk, recipient: str, letter: bytes | None = None) -> list[Finding]:
    try:
        walk.go(recipient, letter)
    except Blocked as blocked:
        return [blocked.finding]
    return []


def _told(walk: Walk, found: list[Finding]) -> dict[str, Any]:
    listed = [{**dataclasses.asdict(one), "handbook": one.anchor} for one in found]
    return {
        "ok": not any(one.is_grave for one in found),
        "steps": [list(one) for one in walk.steps],
        "findings": listed,
    }
