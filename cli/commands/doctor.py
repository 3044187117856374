"""`civic doctor`: what is wrong with a site, why, and the command that helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.doctor import gather_host, gather_trial
from cli.doctor.examine import examine
from cli.doctor.finding import CHECKS, Finding
from cli.site import HostSite
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@verb
@trial_options
def command(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Look for what is wrong with a site and its host; changes nothing. Ends with 1 when residents notice it.

    \b
    Examples:
      civic doctor
      civic doctor --trial --json
    """
    with console.step("Looking", about_seconds=5):
        if trial is not None:
            trial.require()
            facts = gather_trial.gather(trial)
        else:
            facts = gather_host.gather(HostSite())
    found = examine(facts)
    for finding in found:
        _show(console, finding)
    if not found:
        console.say(f"{len(CHECKS)} checks, nothing found.")
    listed = [{**dataclasses.asdict(one), "handbook": one.anchor} for one in found]
    return {"ok": not any(one.is_grave for one in found), "checks": len(CHECKS), "findings": listed}


def _show(console: Console, finding: Finding) -> None:
    console.say()
    console.heading(f"{finding.code} {'!' if finding.is_grave else '-'} {finding.what}")
    console.table([("Why", finding.cause), ("Do", finding.remedy), ("More", finding.anchor)])
