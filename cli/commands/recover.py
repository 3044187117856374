"""`civic recover`: what the host does by itself after a kill or a reboot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.upgrade.recovery import recover
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Put right what was cut short: go on after the point of no return, undo before it.

    systemd calls it at boot, and when a unit of an operation was killed.

    \b
    Example:
      civic recover
    """
    done = recover(console)
    console.say("\n".join(done) or "No operation was cut short.")
    return {"recovered": done}


command.hidden = True
