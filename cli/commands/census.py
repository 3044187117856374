"""`civic census`: who is entitled to take part, as the lists of the council say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import rotation
from cli.trial.folder import TrialFolder
from cli.trial.options import app_of, trial_options
from cli.verb import verb

STANDING = "The list is as it was."
LISTS = "See the lists: civic census lists"
SHOWN = 20
SOURCES = ("electoral_roll", "padron", "register", "desk")
PRESETS = ("elistelec", "padron", "free")
ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "xlsx": "xlsx", "ods": "ods"}
list_option = click.option(
    "--list", "name", default="", metavar="NAME", help="The list. [default: the only one]"
)


@click.group("census", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The lists of who is entitled to take part.

    \b
    Examples:
      civic census add 'Electoral roll' --source electoral_roll --basis 'Code électoral L.37' --keep-until 2027-12-31
      civic census import roll.csv --dry-run
      civic census import roll.csv
      civic census undo
    """


@command.add_command
@verb
@trial_options
@click.argument("name")
@click.option("--source", required=True, type=click.Choice(SOURCES), help="Where it comes from.")
@click.option(
    "--basis", required=True, metavar="TEXT", help="Law or decision by which the council may use it."
)
@click.option("--keep-until", required=True, metavar="DATE", help="Day until which it is kept: 2027-12-31.")
@click.option(
    "--country",
    type=click.Choice(["fr", "es", "other"]),
    help="Whose way to write numbers. [default: the site's]",
)
@click.option("--known-by", type=click.Choice(["number", "civil-status"]),
              help="By what a person is known again. [default: civil-status in France, else number]")  # fmt: skip
def add(console: Console, trial: TrialFolder | None, name: str, **given: str | None) -> Mapping[str, Any]:
    """Add an empty list NAME.

    \b
    Example:
      civic census add 'Padrón' --source padron --basis 'Ley 7/1985, art. 16' --keep-until 2027-06-30 --country es
    """
    options = [word for key, text in given.items() if text for word in (f"--{key.replace('_', '-')}", text)]
    added = app_of(trial).call("census-add", *options, "--", name, standing="No list was added.", then=LISTS)
    console.say(f"The list {added['list']} is there, and empty.")
    console.next_commands([("civic census import FILE", "bring a file into it")])
    return added


@command.add_command
@verb
@trial_options
def lists(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Show the lists: source, legal basis, how many people stand on each, until when it is kept.

    \b
    Example:
      civic census lists --json
    """
    said = app_of(trial).call("census-lists", standing="Nothing was changed.", then="civic doctor")
    for one in said["lists"]:
        console.heading(one["list"])
        rows = [
            ("People", _number(one["entries"])),
            ("Holds from", one["holds_from"] or "nothing imported yet"),
        ]
        rows += [
            ("Source", one["source"]),
            ("Legal basis", one["legal_basis"]),
            ("Kept until", one["keep_until"]),
        ]
        console.table([*rows, ("Known by", one["known_by"])])
        if one["has_other_key"] and one["entries"]:
            console.warn(
                "The site's key was changed since: nobody on this list is known again. Import the file anew."
            )
    if not said["lists"]:
        console.say("There is no list yet.")
        console.next_commands([("civic census add NAME …", "add one")])
    return said


@verb
@trial_options
@list_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(PRESETS),
    help="Which headers the file has. [default: by the list's country]",
)
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADER",
              help="Which column holds what: number, family, used-family, given, birth, place, sex, district, language, address. "
                   "HEADER+HEADER puts two together.")  # fmt: skip
@click.option("--from", "effective", metavar="DATE", help="Day from which it holds. [default: today]")
@click.option("--dry-run", is_flag=True, help="Compare only; change nothing.")
@click.option(
    "--gone",
    type=int,
    metavar="NUMBER",
    help="How many leave, if more than one in ten do, instead of typing it.",
)
def import_(
    console: Console, trial: TrialFolder | None, file: Path, dry_run: bool, **given: Any
) -> Mapping[str, Any]:
    """Bring a FILE (CSV, xlsx, ods) into a list: compare it first, then take it over, all of it or nothing.

    People who are not in the file leave the list. A row that cannot be read is rejected, and who it means stays. The
    same file again changes nothing.

    \b
    Examples:
      civic census import roll.csv --dry-run
      civic census import padron.csv --list Padrón --preset padron --from 2027-01-01
      civic census import members.csv --column number=Carnet --column family='Apellido 1+Apellido 2'
    """
    if not file.is_file():
        raise WrongUse(f"{file} is no file that can be read.", "Check the path.")
    app = app_of(trial)
    words = [word for text in given["columns"] for word in ("--column", text)]
    for option, text in (
        ("--list", given["name"]),
        ("--preset", given["preset"]),
        ("--from", given["effective"]),
    ):
        words += [option, text] if text else []
    with console.step("Check every row and compare with the list"):
        said = app.call("census-prepare", *words, standing=STANDING, then=LISTS, stdin=file)
    is_taken = False
    try:
        _tell(console, said)
        if not dry_run:
            gone = _confirmed(console, said, given["gone"])
            with console.step("Bring the list to it"):
                numbers = [] if gone is None else ["--gone", str(gone)]
                app.call("census-apply", str(said["import"]), *numbers, standing=STANDING, then=LISTS)
            is_taken = True
    finally:
        if not is_taken:
            app.call("census-discard", str(said["import"]), standing=STANDING, then=LISTS)
    console.say("Done. civic census undo takes it back." if is_taken else "Nothing was changed.")
    return {**said, "applied": is_taken}


command.add_command(import_, "import")


@command.add_command
@verb
@trial_options
@list_option
def undo(console: Console, trial: TrialFolder | None, name: str) -> Mapping[str, Any]:
    """Undo the last import of a list: who it added goes, who it took away is back.

    \b
    Example:
      civic census undo --list Padrón
    """
    console.agree("Undo the last import of the list?")
    words = ["--list", name] if name else []
    said = app_of(trial).call("census-undo", *words, standing=STANDING, then=LISTS)
    console.say(f"The list {said['list']} is as it was before, with {_number(said['entries'])} people.")
    return said


@command.add_command
@verb
@trial_options
@click.option(
    "--lost", is_flag=True, help="The pepper is lost for good: go on without it, and import the files anew."
)
def rotate_pepper(console: Console, trial: TrialFolder | None, lost: bool) -> Mapping[str, Any]:
    """Draw another pepper and make the hashes of all lists anew with it; the one before is needed no more.

    Nobody's file is needed, matches and paper codes stay good, and people may vote meanwhile. Whatever cuts it short, the
    same command goes on. Make a set afterwards: older sets need the pepper that they carry.

    \b
    Examples:
      civic census rotate-pepper
      civic census rotate-pepper --lost
    """
    if lost:
        return rotation.give_up(console, app_of(trial))
    return rotation.rotate(console, trial, app_of(trial))


def _tell(console: Console, said: Mapping[str, Any]) -> None:
    console.heading(f"{said['list']}, from {said['from']}")
    encoding = ENCODINGS.get(said["encoding"], said["encoding"])
    columns = [(field, " + ".join(headers)) for field, headers in said["columns"].items()]
    console.table([("Encoding", encoding), *columns, ("Districts", ", ".join(said["districts"]) or "none")])
    console.say()
    console.table([(words, _number(said[key])) for words, key in (
        ("Rows in the file", "rows"), ("On the list now", "standing"), ("Added", "added"), ("Changed", "changed"),
        ("Leave the list", "ended"), ("Rejected", "rejected"),
    )])  # fmt: skip
    for one in said["rejects"][:SHOWN]:
        console.say(f"  Line {one['line']}{': ' + one['field'] if one['field'] else ''}: {one['why']}")
    if said["rejected"] > SHOWN:
        console.say("  More are rejected; --json lists 200 faults.")
    if said["without_district"]:
        console.say(f"No district by the table of streets: {_number(said['without_district'])}")
    for street, people in list(said["streets"].items())[:SHOWN]:
        console.say(f"  {street or 'no street found'}: {_number(people)}")
    if len(said["streets"]) > SHOWN:
        console.say("  More streets are unknown; --json lists 200, the page of the import all of them.")
    if said["encoding"] == "cp1252":
        console.warn("The file is not in UTF-8. Look at the districts above: are accents as they should be?")
    if said["has_other_key"]:
        console.warn("The site's key was changed since the last import: this one replaces everybody.")


def _confirmed(console: Console, said: Mapping[str, Any], gone: int | None) -> int | None:
    """The number typed by a person where more than one in ten leave; an agreement elsewhere."""
    if not said["must_confirm"]:
        console.agree("Bring the list to this?")
        return None
    ended, of = said["ended"], said["standing"]
    if gone is None and console.can_ask():
        typed = console.ask(
            f"{ended} of {of} people would leave the list. Type that number to go on: "
        ).strip()
        gone = int(typed) if typed.isdecimal() else None
    if gone != ended:
        raise WrongUse(
            f"{ended} of {of} people would leave the list, more than one in ten, and the number was not confirmed.",
            f"If that is right: the same command with --gone {ended}",
            STANDING,
        )
    return gone


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")
