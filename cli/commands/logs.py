"""`civic logs`: what a site says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli import run
from cli.console import Console
from cli.trial import parts
from cli.trial.folder import PARTS, TrialFolder
from cli.trial.options import require_trial, trial_options
from cli.verb import verb


@verb
@trial_options
@click.option(
    "--lines", "-n", default=20, show_default=True, type=click.IntRange(1), help="How many of the last lines."
)
@click.option("--follow", "-f", is_flag=True, help="Stay, and show new lines as they come.")
@click.argument("part", type=click.Choice(PARTS), required=False)
def command(
    console: Console, trial: TrialFolder | None, part: str | None, lines: int, follow: bool
) -> Mapping[str, Any]:
    """Show what a site's parts said last: web, worker, or both.

    \b
    Examples:
      civic logs --trial
      civic logs --trial worker --lines 100
      civic logs --trial --follow
    """
    site = require_trial(trial, "logs", "This release does not know real sites yet.")
    site.require()
    wanted = [part] if part else list(PARTS)
    if follow:
        return {"ok": run.attach(["tail", "-n", str(lines), "-F", *(site.log(name) for name in wanted)]) == 0}
    said = {name: parts.last_lines(site, name, lines) for name in wanted}
    for name, text in said.items():
        console.heading(f"== {name} ({site.log(name)})")
        console.say(text)
    return said
