"""`civic retire`: what a timer does a quarter of an hour after an upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle.go_live import GoLive
from cli.lifecycle.journal import alone
from cli.site import OPS, HostSite
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Stop every release but the one that serves.

    \b
    Example:
      civic retire
    """
    site = HostSite()
    site.require()
    with alone(OPS / "lock", "civic retire"):
        GoLive(site, site.version(), "").retire()
    return {"serves": site.version()}


command.hidden = True
