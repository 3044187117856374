"""Looks at the site as the doctor does and tells a person what is new: by mail, by webhook, and on the system page."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cli import clock
from cli.care import clock_watch, mail, publish, told
from cli.care.told import News, Standing
from cli.care.webhook import Webhook
from cli.console import Console
from cli.doctor import gather_host
from cli.doctor.examine import examine
from cli.doctor.finding import HANDBOOK, Finding
from cli.errors import Failure
from cli.lifecycle.journal import is_held
from cli.site import OPS, HostSite

LOCK = "alert.lock"
UNIT_FAILED = "C702"


def alert(console: Console, unit: str | None) -> Mapping[str, Any]:
    """Look, and tell what has not been told. `unit` has just failed, and called.

    Without a unit nothing is looked at while an operation is under way: it stops and starts parts on purpose.
    Raises: Failure when neither mail nor webhook took the news; they are told next time.
    """
    site = HostSite()
    site.require()
    if unit is None and is_held(OPS / "lock"):
        console.say("An operation is under way; nothing was looked at.")
        return {"told": False}
    with _alone(OPS / LOCK):
        clock_watch.watch(OPS)
        found = look(site, unit)
        path = OPS / told.FILE
        news = told.compare(clock.now(), found, told.read(path))
        told.write(path, news.quiet)
        publish.publish()
        if news:
            _tell(site, news, {told.key_of(one): one for one in found})
            told.write(path, news.after)
    console.say(f"{len(found)} findings; {'told' if news else 'nothing new'}")
    return {"told": bool(news), "findings": [one.code for one in found]}


def look(site: HostSite, unit: str | None) -> list[Finding]:
    """The findings. A doctor that fails itself is one: silence would say that all is well."""
    try:
        found = examine(gather_host.gather(site))
    except Exception as error:
        cause = error.failed if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
        found = [Finding("C108", True, "the site cannot say how it is", cause, "civic doctor")]
    if unit and not any(one.code == UNIT_FAILED and unit in one.what for one in found):
        found.append(
            Finding(
                UNIT_FAILED,
                True,
                f"{unit} failed",
                "its last words are in the journal",
                f"journalctl -u {unit}",
            )
        )
    return found


def letter(heading: str, news: News, found: Mapping[str, Finding]) -> tuple[str, str]:
    """Subject and text."""
    first, words = (
        (news.new or news.still or news.over)[0],
        "" if news.new else "still: " if news.still else "over: ",
    )
    more = len(news.new) + len(news.still) + len(news.over) - 1
    lines = [heading, ""]
    for title, rows in (("New", news.new), ("Still so", news.still)):
        lines += [title, *(line for one in rows for line in _said(one, found[one.key])), ""] if rows else []
    if news.over:
        lines += ["Over", *(f"  {one.code} {one.what} (after {_lasted(one)})" for one in news.over), ""]
    lines += ["How the site is now: civic status", ""]
    return f"{words}{first.code} {first.what}" + (f" (and {more} more)" if more else ""), "\n".join(lines)


def _tell(site: HostSite, news: News, found: Mapping[str, Finding]) -> None:
    """To each of the ways; one that works is enough."""
    given = site.given()
    name = given.get("CIVIC_SITE_NAME", "civic")
    address = given.get("CIVIC_PUBLIC_URL") or f"https://{given.get('CIVIC_HOSTNAME', '')}"
    subject, text = letter(f"{name}, {address}, release {site.version()}", news, found)
    facts = {"site": address, "text": subject, **_facts(news, found)}
    ways = [partial(mail.send, given, f"[{name}] {subject}", text)]
    if url := given.get("CIVIC_ALERT_WEBHOOK"):
        ways.append(partial(Webhook(url).post, facts))
    faults = []
    for way in ways:
        try:
            way()
        except (OSError, ValueError) as error:
            faults.append(f"{type(error).__name__}: {error}")
    if len(faults) == len(ways):
        raise Failure(
            "Nobody could be told.\n" + "\n".join(faults),
            "The findings are kept and told when a way opens; civic status shows them.",
            "civic config check; civic doctor",
        )


def _facts(news: News, found: Mapping[str, Finding]) -> dict[str, Any]:
    def rows(standing: tuple[Standing, ...]) -> list[dict[str, Any]]:
        return [
            {"code": one.code, "what": one.what, "is_grave": one.is_grave, "since": one.since.isoformat()}
            | ({"why": found[one.key].cause, "do": found[one.key].remedy} if one.key in found else {})
            for one in standing
        ]

    return {"new": rows(news.new), "still": rows(news.still), "over": rows(news.over)}


def _said(one: Standing, finding: Finding) -> Iterator[str]:
    yield f"  {one.code} {'!' if one.is_grave else '-'} {one.what}"
    yield f"      Why:  {finding.cause}"
    yield f"      Do:   {finding.remedy}"
    yield f"      More: {HANDBOOK}#{one.code.lower()}; since {one.since:%Y-%m-%d %H:%M} UTC"


def _lasted(one: Standing) -> str:
    passed = (one.gone_at or clock.now()) - one.since
    return f"{passed // timedelta(hours=1)} h {passed % timedelta(hours=1) // timedelta(minutes=1)} min"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
