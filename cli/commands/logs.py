"""`civic logs`: what a site says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from cli import run
from cli.console import Console
from cli.errors import Failure, WrongUse
from cli.site import HostSite
from cli.trial import parts
from cli.trial.folder import PARTS, TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb

UNITS = {
    "web": "civic-web@*.service",
    "worker": "civic-worker*.service",
    "proxy": "caddy.service",
    "database": "postgresql@*.service",
}


@dataclass(frozen=True)
class _Wish:
    part: str | None
    lines: int
    follow: bool
    since: str | None


@verb
@trial_options
@click.option(
    "--lines", "-n", default=20, show_default=True, type=click.IntRange(1), help="How many of the last lines."
)
@click.option("--follow", "-f", is_flag=True, help="Stay, and show new lines as they come.")
@click.option(
    "--since", metavar="TIME", help="Only from then on, as journalctl takes it: 'yesterday', '-1h'."
)
@click.argument("part", type=click.Choice(list(UNITS)), required=False)
def command(console: Console, trial: TrialFolder | None, part: str | None, **how: Any) -> Mapping[str, Any]:
    """Show what a site said last: one part of it, or all.

    \b
    Examples:
      civic logs
      civic logs web --since -1h
      civic logs --trial worker --lines 100
      civic logs --trial --follow
    """
    wish = _Wish(part, **how)
    return _of_trial(console, trial, wish) if trial is not None else _of_host(console, wish)


def _of_trial(console: Console, site: TrialFolder, wish: _Wish) -> Mapping[str, Any]:
    site.require()
    if wish.since is not None or wish.part not in (None, *PARTS):
        raise WrongUse("A trial site has the parts web and worker, and no --since.", site.words("logs"))
    wanted = [wish.part] if wish.part else list(PARTS)
    if wish.follow:
        return {
            "ok": run.attach(["tail", "-n", str(wish.lines), "-F", *(site.log(name) for name in wanted)]) == 0
        }
    said = {name: parts.last_lines(site, name, wish.lines) for name in wanted}
    for name, text in said.items():
        console.heading(f"== {name} ({site.log(name)})")
        console.say(text)
    return said


def _of_host(console: Console, wish: _Wish) -> Mapping[str, Any]:
    HostSite().require()
    units = [UNITS[wish.part]] if wish.part else list(UNITS.values())
    words = [
        "journalctl",
        "--no-pager",
        "--output=short-iso",
        f"--lines={wish.lines}",
        *(f"--unit={unit}" for unit in units),
    ]
    if wish.since is not None:
        words.append(f"--since={wish.since}")
    if wish.follow:
        return {"ok": run.attach([*words, "--follow"]) == 0}
    done = run.capture(words)
    if not done.ok:
        raise Failure(
            f"The journal cannot be read.\n{done.last_words}", "The site is as it was.", "Run it as root."
        )
    console.say(done.out.rstrip())
    return {"lines": done.out.splitlines()}
