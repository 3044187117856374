"""Findings about the site itself: does it answer, do its parts run, is its data sound (C1xx)."""

from __future__ import annotations

from collections.abc import Iterator

from cli.doctor.facts import Facts
from cli.doctor.finding import Say, check, civic

MANY_RESTARTS = 3
UNREADABLE = "they are sealed with a ballot key that it does not have"
BRING_BALLOT_KEY = "Bring the ballot key of the recovery card beside the site's own: docs/operating.md, C111"
OF_RETENTION = "I8 "
"""How the site names the one invariant that breaks when its worker stands still."""


def _broken(facts: Facts) -> list[str]:
    return [name for name, holds in ((facts.app or {}).get("invariants") or {}).items() if holds is False]


def _start(facts: Facts, part: str) -> str:
    return "civic start --trial" if facts.is_trial else f"systemctl restart {part}"


@check("C101", grave=True)
def a_part_does_not_run(facts: Facts) -> Iterator[Say]:
    """Web, worker or a service they need is down."""
    for part in facts.parts:
        if not part.runs:
            yield Say(
                f"{part.name} does not run",
                part.state or "it ended, or was never started",
                _start(facts, part.name),
            )


@check("C102", grave=True)
def nothing_answers(facts: Facts) -> Iterator[Say]:
    """The parts run, but nothing is heard."""
    if facts.answer is not None and facts.answer[0] == 0 and all(part.runs for part in facts.parts):
        yield Say("the site does not answer", facts.answer[1], civic(facts, "logs"))


@check("C103", grave=True)
def it_answers_that_it_is_not_ready(facts: Facts) -> Iterator[Say]:
    """The site says itself what it lacks."""
    if facts.answer is not None and facts.answer[0] not in (0, 200):
        remedy = "civic stop --trial && civic start --trial" if facts.is_trial else "civic logs"
        yield Say("the site is not ready", facts.answer[1], remedy)


@check("C104", grave=True)
def the_front_page_fails(facts: Facts) -> Iterator[Say]:
    """Ready, but what residents see is an error."""
    if facts.front_page is not None and facts.front_page[0] >= 400:
        yield Say(
            f"the front page answers {facts.front_page[0]}", "a fault in the site", civic(facts, "logs")
        )


@check("C105")
def a_part_restarts_again_and_again(facts: Facts) -> Iterator[Say]:
    """systemd hides a crash by starting anew."""
    for part in facts.parts:
        if part.restarts > MANY_RESTARTS:
            yield Say(f"{part.name} was restarted {part.restarts} times", "it crashes", civic(facts, "logs"))


@check("C106")
def the_log_holds_faults(facts: Facts) -> Iterator[Say]:
    """Faults (not refusals) were logged lately."""
    if facts.tracebacks:
        yield Say(
            f"the log holds {facts.tracebacks} faults",
            "errors in the site's code or its host",
            civic(facts, "logs"),
        )


@check("C107")
def the_code_is_newer_than_what_runs(facts: Facts) -> Iterator[Say]:
    """A clone was updated under a running trial."""
    began = [part.began_at for part in facts.parts if part.began_at is not None]
    if facts.code_changed_at is not None and began and facts.code_changed_at > min(began):
        yield Say("the site runs older code than the clone holds", "the clone was updated since it started",
                  "civic stop --trial && civic start --trial")  # fmt: skip


@check("C108", grave=True)
def the_app_cannot_say_how_it_is(facts: Facts) -> Iterator[Say]:
    """The app's own facts cannot be had: mostly the database."""
    if facts.app_error is not None:
        yield Say("the site cannot say how it is", facts.app_error, civic(facts, "logs"))


@check("C109", grave=True)
def an_invariant_does_not_hold(facts: Facts) -> Iterator[Say]:
    """As many voters as ballots, and the like: never to be shrugged off."""
    for name in _broken(facts):
        if not name.startswith(OF_RETENTION):
            yield Say(f"an invariant does not hold: {name}", "the data was changed from outside, or by a fault in civic",
                      "Do not open or close votes; restore the last verified set, and report it.")  # fmt: skip


@check("C110")
def data_are_kept_beyond_their_time(facts: Facts) -> Iterator[Say]:
    """What somebody asked to have erased, or whose time is over, is still there two days later."""
    for name in _broken(facts):
        if name.startswith(OF_RETENTION):
            yield Say("personal data are kept beyond their time",
                      "the worker, which erases them, is stopped or fails at it", civic(facts, "logs"))  # fmt: skip


@check("C111", grave=True)
def ballots_wait_that_the_site_cannot_open(facts: Facts) -> Iterator[Say]:
    """Nothing of them is lost, and no such vote can be closed before their key is back."""
    number = (facts.app or {}).get("unreadable_votes")
    if number:
        yield Say(f"ballots of {number} votes wait that the site cannot open", UNREADABLE, BRING_BALLOT_KEY)
