"""`civic doctor`: what is wrong with a site, why, and the command that helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from cli.care import nagios as plugin
from cli.console import Console
from cli.doctor import gather_host, gather_trial
from cli.doctor.examine import examine
from cli.doctor.facts import Facts
from cli.doctor.finding import CHECKS, Finding
from cli.errors import Failure
from cli.site import HostSite
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@verb
@trial_options
@click.option(
    "--nagios",
    is_flag=True,
    help="One line for a monitoring system: ends with 0, 1, 2 or 3 as its plugins do.",
)
def command(console: Console, trial: TrialFolder | None, nagios: bool) -> Mapping[str, Any]:
    """Look for what is wrong with a site and its host; changes nothing. Ends with 1 when residents notice it.

    With --nagios: 0 nothing found, 1 something to look at, 2 residents notice it or will lose data, 3 could not look.

    \b
    Examples:
      civic doctor
      civic doctor --trial --json
      civic doctor --nagios
    """
    if nagios:
        _end_as_plugin(console, trial)
    with console.step("Looking", about_seconds=5):
        facts = _gather(trial)
    found = examine(facts)
    for finding in found:
        show(console, finding)
    if not found:
        console.say(f"{len(CHECKS)} checks, nothing found.")
    listed = [{**dataclasses.asdict(one), "handbook": one.anchor} for one in found]
    return {"ok": not any(one.is_grave for one in found), "checks": len(CHECKS), "findings": listed}


def show(console: Console, finding: Finding) -> None:
    """One finding with its cause, its remedy and where the handbook explains it."""
    console.say()
    console.heading(f"{finding.code} {'!' if finding.is_grave else '-'} {finding.what}")
    console.table([("Why", finding.cause), ("Do", finding.remedy), ("More", finding.anchor)])


def _gather(trial: TrialFolder | None) -> Facts:
    if trial is None:
        return gather_host.gather(HostSite())
    trial.require()
    return gather_trial.gather(trial)


def _end_as_plugin(console: Console, trial: TrialFolder | None) -> NoReturn:
    try:
        facts = _gather(trial)
        line, code = plugin.line_of(facts, examine(facts))
    except Failure as failure:
        line, code = plugin.unknown(f"{failure.failed} {failure.then}")
    console.say(line)
    raise SystemExit(code)
