"""`civic support-bundle`: what somebody elsewhere needs in order to help."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.care import support_bundle
from cli.console import Console
from cli.site import HostSite
from cli.verb import verb


@verb
@click.option(
    "--output", type=click.Path(path_type=Path), help="The file to write; in this folder unless told."
)
@click.option("--show", is_flag=True, help="Print all that would be in it, and write nothing.")
def command(console: Console, output: Path | None, show: bool) -> Mapping[str, Any]:
    """Collect versions, states, numbers and log lines for somebody who helps, without secrets, names or addresses.

    It is shown before it is written, readable by root alone, and sent by nobody but you.

    \b
    Examples:
      civic support-bundle --show
      civic support-bundle --output /root/support.tar.gz
    """
    return support_bundle.write(console, HostSite(), output, show)
