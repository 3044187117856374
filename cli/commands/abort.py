"""`civic abort`: undo what was cut short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.upgrade.recovery import Wish, recover
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Undo an operation that was cut short; refused once it is past the point of no return.

    \b
    Example:
      civic abort
    """
    done = recover(console, Wish.ABORT)
    console.say("\n".join(done) or "No operation was cut short.")
    return {"recovered": done}
