"""`civic converge`: what an upgrade that is taken back calls of the release before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle import converge
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Bring this host's settings, units and proxy to what this release wants; it need not be the one that serves.

    \b
    Example:
      civic converge
    """
    return {"files_sha256": converge.converge(console)}


command.hidden = True
