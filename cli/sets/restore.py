"""`civic restore`: what is asked is made clear and agreed to here; the host's own release does it in a unit of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app import settings
from cli import clock, run
from cli.console import Console
from cli.doctor.about_site import BRING_BALLOT_KEY, UNREADABLE
from cli.errors import WrongUse
from cli.lifecycle import install
from cli.lifecycle.hand_over import hand_over
from cli.lifecycle.journal import Journal, alone
from cli.lifecycle.operation import Operation, carry_out
from cli.sets import back, bare, find
from cli.sets.back import GoingBack
from cli.sets.cluster import Cluster
from cli.sets.fetched import Origin
from cli.sets.find import Where
from cli.sets.restoring import Restoring
from cli.sets.swap import KEPT, Aside, list_aside
from cli.sets.wish import Wish
from cli.site import OPS, HostSite
from cli.target import Target

UNIT = "civic-restore.service"
CIVIC = "/usr/local/bin/civic"


def restore(console: Console, asked: Wish) -> Mapping[str, Any]:
    """Restore a set on this host: onto its site, or onto a bare one from the set alone.

    Raises: WrongUse when no set is named; PreflightRefused, nothing having been changed, for a set that cannot be used.
    """
    if not run.is_root():
        raise WrongUse("Restoring needs root.", f"sudo {run.called_as()} restore")
    is_bare = not HostSite().exists()
    if is_bare and asked.where:
        find.bring_tools(console, asked.where)
    store = _where(asked).open()
    if not asked.set_id:
        raise find.refuse_unnamed(store)
    console.log_in(install.logs_folder(), "restore")
    entry = find.get_entry(store, asked.set_id)
    wish = replace(asked, set_id=entry.id, store="" if asked.where else store.name)
    what = wish.parts.replace(",", ", ") if not is_bare else "everything in it, on this bare host"
    console.plan(f"Restore set {entry.id} of {entry.made_at:%Y-%m-%d %H:%M} UTC", _plan(wish, what))
    console.agree("Go on?", unless_asked="Say --yes to go on without being asked.")
    if is_bare:
        made = bare.fetch(console, wish, _origin(wish))
        bare.install(console, wish, made)
        if not made.signature:  # nor does the release that made it ask for one
            wish = replace(wish, unsigned="")
    said = hand_over(console, Target(), UNIT, [CIVIC, "restore", wish.set_id, "--here", *_options(wish)])
    bare.done()
    _tell(console, said)
    return said


def here(console: Console, wish: Wish) -> Mapping[str, Any]:
    """The restore itself, on the site of this host."""
    from cli.upgrade import recovery

    console.log_in(install.logs_folder(), "restore-here")
    recovery.make_way(console)
    site = HostSite()
    with alone(OPS / "lock", f"civic restore {wish.set_id}"):
        facts = {**wish.facts(), "stamp": clock.stamp(), "release": site.version()}
        _carry_out(console, operation_from(console, facts))
    aside = list_aside()[0]
    known = site.app_commands().call("facts", standing="The restored site serves.", then="civic doctor")
    return {
        "set": wish.set_id,
        "held_letters": known["outbox"]["held"],
        "unreadable_votes": known.get("unreadable_votes", 0),
        "clone": bool(wish.clone),
        "kept_until": _until(aside),
    }


def go_back(console: Console) -> Mapping[str, Any]:
    """Put in place again what the last restore replaced."""
    HostSite().require()
    aside = back.latest()
    console.plan(f"Go back from set {aside.set}", [f"restored {aside.at}: {aside.parts.replace(',', ', ')}"])
    console.agree("Go on?", unless_asked="Say --yes to go on without being asked.")
    said = hand_over(console, Target(), UNIT, [CIVIC, "restore", "--back", "--here"])
    console.say("The site serves the data of before the restore.")
    return said


def go_back_here(console: Console) -> Mapping[str, Any]:
    """The way back itself."""
    from cli.upgrade import recovery

    recovery.make_way(console)
    with alone(OPS / "lock", "civic restore --back"):
        aside = back.latest()
        _carry_out(console, GoingBack(console, aside, HostSite().version()).operation())
    return {"went_back_from": aside.set, "kept_until": _until(aside)}


def forget(console: Console) -> Mapping[str, Any]:
    """Remove what restores replaced, now instead of after a week."""
    kept = list_aside()
    console.agree(f"Remove what {len(kept)} restores replaced, for good?")
    with alone(OPS / "lock", "civic restore --forget"):
        gone = back.forget_old(cluster_here(), also_new=True)
    console.say(f"Removed what {len(gone)} restores replaced.")
    return {"forgotten": gone}


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The restore that a journal tells of."""
    wish = Wish.of(facts)
    return Restoring(console, wish, facts["stamp"], facts["release"], _origin(wish)).operation()


def back_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The way back that a journal tells of."""
    aside = next(one for one in list_aside() if one.stamp == facts["stamp"])
    return GoingBack(console, aside, facts["release"]).operation()


def cluster_here() -> Cluster:
    """The cluster of this host's site."""
    return Cluster.of(settings.load(HostSite().given()).database_url)


def _carry_out(console: Console, operation: Operation) -> None:
    carry_out(console, operation, Journal.open(OPS / "journal", operation.name, operation.facts))


def _where(wish: Wish) -> Where:
    return Where(wish.store, wish.where, wish.key_file)


def _origin(wish: Wish) -> Origin:
    return _where(wish).origin(wish.set_id, unsigned=bool(wish.unsigned))


def _options(wish: Wish) -> list[str]:
    given = (
        ("--store", wish.store),
        ("--from", wish.where),
        ("--key-file", wish.key_file),
        ("--hostname", wish.hostname),
    )
    words = [word for name, text in given if text for word in (name, text)]
    words += [word for part in wish.parts.split(",") for word in ("--only", part)]
    flags = (("--as-clone", wish.clone), ("--unsigned", wish.unsigned))
    return [*words, *(name for name, said in flags if said)]


def _plan(wish: Wish, what: str) -> list[str]:
    lines = [what, "letters that waited when the set was made are held until you say so"]
    if wish.hostname:
        lines.append(f"the site's name becomes {wish.hostname}")
    if wish.clone:
        lines.append("a clone: it sends no mail at all")
    if wish.unsigned:
        lines.append("it is not asked by whom it was made: you answer for it")
    return lines


def _until(aside: Aside) -> str:
    return (datetime.fromisoformat(aside.at) + KEPT).isoformat(timespec="minutes")


def _tell(console: Console, said: Mapping[str, Any]) -> None:
    console.say(
        f"The site serves set {said['set']}. What it replaced is kept until {said['kept_until'][:10]}."
    )
    if said.get("unreadable_votes"):
        console.warn(
            f"Ballots of {said['unreadable_votes']} votes wait, and {UNREADABLE}. {BRING_BALLOT_KEY}."
        )
    commands = [
        ("civic restore --back", "go back to what was there before"),
        ("civic verify", "prove that it works"),
    ]
    if said["held_letters"] and not said["clone"]:
        commands.insert(0, ("civic mail resume", f"send the {said['held_letters']} letters that are held"))
    console.next_commands(commands)
