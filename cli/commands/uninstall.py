"""`civic uninstall`: take a site away."""

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
    """Remove a site. A trial site goes with all its data, after you agreed.

    \b
    Examples:
      civic uninstall --trial
      civic uninstall --trial --yes
    """
    return life.uninstall(
        console, require_trial(trial, "uninstall", "This release cannot uninstall a real site yet.")
    )
