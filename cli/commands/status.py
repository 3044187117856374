"""`civic status`: one page of truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.trial import status
from cli.trial.folder import TrialFolder
from cli.trial.options import require_trial, trial_options
from cli.verb import verb


@verb
@trial_options
def command(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Say on one page how a site is. Ends with 1 when it does not answer.

    \b
    Examples:
      civic status --trial
      civic status --trial --json
    """
    return status.show(console, require_trial(trial, "status", "This release does not know real sites yet."))
