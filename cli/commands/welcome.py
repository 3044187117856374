"""`civic welcome`: the first administrator's link; called by `civic install`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle import welcome
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Make the first administrator and say the one-time link, once in the life of a site.

    \b
    Example:
      civic welcome
    """
    return welcome.welcome(console)


command.hidden = True
