"""`civic verify`: prove that the site of this host works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle import verify
from cli.verb import verb


@verb
def command(console: Console) -> Mapping[str, Any]:
    """Prove that the site works: a vote that is taken back, HTTPS, headers, foreign names refused.

    \b
    Example:
      civic verify
    """
    return verify.verify(console)
