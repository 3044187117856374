"""The command `civic`: the life of a site. Each verb is a file in cli/commands/, loaded when it is called."""

from __future__ import annotations

import importlib
import pkgutil

import click

from app.version import __version__
from cli import commands


class Verbs(click.Group):
    """Finds the verbs by their files; `support-bundle` is cli/commands/support_bundle.py and holds `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, by name."""
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, loaded now; None when there is no such file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"cli.commands.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="civic")
def civic() -> None:
    """A council's participation site: install it, look after it, ask it how it is.

    \b
    Try it here, without root:      civic install --trial
    Put it on a Debian machine:     civic install
    See how a site is:              civic status

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused before anything was changed, 4 failed and undone, 130 interrupted.
    """
