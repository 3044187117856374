"""`civic watch`: what the monitor's timer calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle import watch
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Ask the site how it is, and move it to its public certificate once its name leads here.

    The timer civic-monitor calls it every five minutes, as Caddy's user.

    \b
    Example:
      civic watch
    """
    return watch.watch(console)


command.hidden = True
