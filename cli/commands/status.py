"""`civic status`: one page of truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle import status as host_status
from cli.site import HostSite
from cli.trial import status as trial_status
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@verb
@trial_options
def command(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Say on one page how a site is. Ends with 1 when it does not answer.

    \b
    Examples:
      civic status
      civic status --trial --json
    """
    if trial is not None:
        return trial_status.show(console, trial)
    return host_status.show(console, HostSite())
