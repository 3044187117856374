"""`civic count`: recount an election on any machine, without a server or a database."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from app.counting import pabulib, rules, ties
from app.counting.election import Election
from app.counting.errors import RefusedFile, UncountableBallots, UnknownRule, listed
from app.counting.money import as_json_number, plain_number
from app.counting.outcome import Outcome, Reason, Step
from cli.console import Console, Exactly
from cli.errors import Failure, WrongUse
from cli.verb import verb

WHY_NOT = {
    Reason.TOO_EXPENSIVE: "costs more than the {left} left",
    Reason.AFTER_STOP: "comes after the first project that did not fit",
    Reason.BELOW_THRESHOLD: "below the threshold",
    Reason.EXCLUDED: "cannot be built beside {beside}",
    Reason.CATEGORY_FULL: "its category has no money left",
    Reason.WITHDRAWN: "withdrawn",
    Reason.NO_VOTES: "no votes",
    Reason.SUPPORTERS_CANNOT_PAY: "its supporters have only {theirs} left",
}


@verb
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", help="The counting rule. [default: the one that the file's META names]")
@click.option("--lot", "seed", help="Settle ties by lot with this seed, not by the order of the list.")
def command(console: Console, file: Path, rule: str | None, seed: str | None) -> Mapping[str, Any] | None:
    """Count the election in a .pb FILE (Pabulib) and list the projects it funds.

    \b
    Examples:
      civic count town.pb
      civic count town.pb --rule equalshares/add1 --json

    \b
    Rules: greedy, greedy-no-skip, greedy-threshold, greedy-exclusive, greedy-reserve,
           equalshares, equalshares/add1, equalshares-comparison, equalshares/add1-comparison
    """
    if rule is not None:
        _check_rule(rule)
    election = _read(file)
    for warning in listed(election.warnings, shown=10):
        console.warn(warning)
    outcome = _count(election, rule, seed)
    if not console.as_json:
        _tell(console, election, outcome)
    return Exactly(
        rule=outcome.rule,
        funded=list(outcome.funded),
        spent=as_json_number(outcome.spent),
        ties=[list(tie) for tie in outcome.ties],
    )


def _check_rule(rule: str) -> None:
    try:
        rules.check_rule(rule)
    except UnknownRule as unknown:
        raise WrongUse(str(unknown), "Give --rule one of these names.") from unknown


def _read(file: Path) -> Election:
    try:
        return pabulib.read(file)
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}.", "Check the path.") from error
    except RefusedFile as refused:
        raise Failure(
            f"{file.name} is not an election that can be counted.\n{refused}",
            "Nothing was counted.",
            "Correct these lines and count again; docs/counting.md describes the format.",
        ) from refused


def _count(election: Election, rule: str | None, seed: str | None) -> Outcome:
    precedence = (
        ties.by_list_order(election.projects) if seed is None else ties.drawn_by_lot(election.projects, seed)
    )
    try:
        return rules.count(election, rule, precedence=precedence)
    except UnknownRule as unknown:
        raise WrongUse(
            str(unknown), "Say --rule and one of these names.", "Nothing was counted."
        ) from unknown
    except UncountableBallots as uncountable:
        raise WrongUse(str(uncountable), "Choose another --rule.", "Nothing was counted.") from uncountable


def _tell(console: Console, election: Election, outcome: Outcome) -> None:
    currency = election.meta.get("currency", "")
    console.heading(election.meta.get("description") or "Election")
    console.say(
        f"Rule: {outcome.rule}. {outcome.voters} ballots, budget {_money(outcome.budget)} {currency}".rstrip()
    )
    console.say()
    names = {project.id: project for project in election.projects}
    measure = "points" if election.counts_score else "votes"
    for title, is_funded in (("Funded", True), ("Not funded", False)):
        steps = [step for step in outcome.steps if step.is_funded == is_funded]
        console.heading(f"{title}: {len(steps)}")
        for step in steps:
            project = names[step.project_id]
            support = f"{plain_number(step.score if election.counts_score else step.votes)} {measure}"
            console.say(
                f"  {step.project_id}  {project.name[:60]}  ({support}, {_money(project.cost)}{_why(step)})"
            )
        console.say()
    console.say(f"Spent {_money(outcome.spent)} of {_money(outcome.budget)} {currency}".rstrip() + ".")
    console.say(f"{outcome.served} of {outcome.voters} ballots have at least one of their projects funded.")
    for tie in outcome.ties:
        console.say(f"Tie, settled by the tie rule: {', '.join(tie)}.")


def _why(step: Step) -> str:
    if step.reason is Reason.FUNDED_FROM_RESERVE:
        return ", completed from the reserve"
    if step.payment:
        return f", at most {_money(step.payment)} a supporter"
    if step.is_funded:
        return ""
    left, theirs = _money(step.money_left), _money(step.supporters_money or Fraction(0))
    return ": " + WHY_NOT[step.reason].format(left=left, theirs=theirs, beside=step.beside)


def _money(amount: Fraction) -> str:
    whole = amount.denominator == 1
    return f"{amount.numerator:,}".replace(",", " ") if whole else f"{float(amount):,.2f}".replace(",", " ")
