"""`civic stop --trial`: stop a trial site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import require_trial, trial_options
from cli.verb import verb


@verb
@trial_options
def command(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Stop a trial site; its data stays.

    \b
    Example:
      civic stop --trial
    """
    return life.stop(
        console, require_trial(trial, "stop", "A real site is put into maintenance, not stopped.")
    )
