"""`civic rollback`: back to the release before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.upgrade import rollback
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Let the release before serve again: within a second for a quarter of an hour after an upgrade, within ten later.

    Data that came in meanwhile stay. Refused when the database no longer has what that release needs.

    \b
    Example:
      civic rollback
    """
    return rollback.rollback(console)
