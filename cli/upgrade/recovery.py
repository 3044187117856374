"""What becomes of an operation that was cut short: it is gone on with once it is committed, and undone before.

An upgrade is put right by the code that began it, that of the new release, whichever release serves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from cli import run
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import go_live
from cli.lifecycle.journal import Journal, alone
from cli.lifecycle.operation import Operation, carry_out, take_back
from cli.site import OPS, RELEASES

CUT_SHORT = "It was cut short."
JOURNALS = OPS / "journal"


class Wish(StrEnum):
    """What shall be done with it; each is the name of the verb that does it."""

    RECOVER = "recover"
    RESUME = "resume"
    ABORT = "abort"


def registry() -> Mapping[str, Callable[[Console, Mapping[str, str]], Operation]]:
    """How each operation is made again from what its journal tells."""
    from cli.sets import backup, drills, restore  # all of them recover before they begin
    from cli.upgrade import rollback, upgrade

    return {
        "backup": backup.operation_from,
        "drill": drills.operation_from,
        "restore": restore.operation_from,
        "restore-back": restore.back_from,
        "go-live": go_live.operation_from,
        "upgrade": upgrade.operation_from,
        "rollback": rollback.operation_from,
    }


def recover(console: Console, wish: Wish = Wish.RECOVER) -> list[str]:
    """Put right whatever was cut short, or what a person wishes; returns a line for each operation.

    Raises: Failure when a way is blocked, or there is no such way any more.
    """
    return [_recover(console, journal, wish) for journal in Journal.list_unfinished(JOURNALS)]


def make_way(console: Console) -> None:
    """Before an upgrade or a rollback: put right what was cut short. What is past the point of no return and cannot be finished
    must not stand in the way: the site serves, and the new operation may be what mends it.

    Raises: Failure when something can neither be undone nor left.
    """
    for journal in Journal.list_unfinished(JOURNALS):
        try:
            _recover(console, journal, Wish.RECOVER)
        except Failure as error:
            operation = registry()[journal.operation](console, journal.facts)
            if not operation.is_committed(journal):
                raise
            console.warn(f"{journal.operation} stays unfinished: {error.failed}")
            journal.end(False, failed=error.failed)


def _recover(console: Console, journal: Journal, wish: Wish) -> str:
    release = journal.facts.get("release", "")
    if journal.operation == "upgrade" and release != Path(sys.prefix).parent.name:
        return _by_its_own_code(journal, RELEASES / release / "venv/bin/civic", wish)
    operation = registry()[journal.operation](console, journal.facts)
    committed = operation.is_committed(journal)
    if wish is Wish.ABORT and committed:
        raise Failure(
            f"{journal.operation} cannot be undone any more.", operation.standing(journal), "civic resume"
        )
    if not operation.can_undo and not committed and wish is not Wish.RESUME:
        return f"{journal.operation} waits until its command is run again."
    with alone(OPS / "lock", f"civic {wish}"):
        if committed or wish is Wish.RESUME:
            console.heading(f"Going on with {journal.operation}, which was cut short")
            carry_out(console, operation, journal)
            return f"{journal.operation} was gone on with to its end."
        console.heading(f"Undoing {journal.operation}, which was cut short")
        take_back(console, operation, journal, CUT_SHORT)
    return f"{journal.operation} was undone. {operation.undone}"


def _by_its_own_code(journal: Journal, civic: Path, wish: Wish) -> str:
    if not civic.is_file():
        journal.end(False, failed="its release is gone")
        return f"{journal.operation} is over: the release that it was about is gone."
    run.require(
        [civic, wish, "--yes", "--json"],
        failed=f"{journal.operation} was cut short, and civic {wish} of its release failed.",
        standing="civic status shows it.",
        then=f"{civic} {wish}",
    )
    return f"{journal.operation} was put right by its own release."
