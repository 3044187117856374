"""`civic resume`: go on with what was cut short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.upgrade.recovery import Wish, recover
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Go on with an operation that was cut short, from the step where it stopped.

    \b
    Example:
      civic resume
    """
    done = recover(console, Wish.RESUME)
    console.say("\n".join(done) or "No operation was cut short.")
    return {"recovered": done}
