"""`python -m app VERB`: the site's commands for the installer, for units and for the CLI. JSON on standard output."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable

import click
from flask import Flask, g

from app.core import commands as core_commands
from app.core import db, languages
from app.core.errors import Refusal
from app.settings import Settings, SettingsFault, from_environment


class Verbs(click.Group):
    """A group that runs its verbs inside what `make` makes of the settings; its refusals are answers, not tracebacks."""

    def __init__(self, make: Callable[[Settings], Flask], verbs: tuple[click.Command, ...]) -> None:
        super().__init__("app", commands=list(verbs), help=__doc__)
        self._make = make

    def invoke(self, context: click.Context) -> object:
        """Run the verb inside the site; a refusal is printed as JSON and exits 1."""
        with _made(self._make).app_context():
            g.lang = "en"  # the shell speaks English, whatever the site's first language
            try:
                return super().invoke(context)
            except Refusal as refusal:
                click.echo(
                    json.dumps({"refused": refusal.message(), "faults": list(refusal.fields.values())})
                )
                raise SystemExit(1) from None


def main() -> None:
    """Run the verb. Those of the schema do without the features: 20 MB less, while an upgrade keeps two sites in memory."""
    schema = Verbs(_database_only, core_commands.SCHEMA)
    if schema.commands.keys() & set(sys.argv[1:2]):
        schema()
    gc.disable()  # what is imported stays: to look through it again and again takes a sixth of the start
    from app import features
    from app.factory import create_app

    gc.freeze()
    gc.enable()
    Verbs(create_app, (*core_commands.SCHEMA, *features.COMMANDS))()


def _database_only(settings: Settings) -> Flask:
    app = Flask("app", static_folder=None)
    app.config["CIVIC"] = settings
    for part in (db, languages):
        part.init_app(app)
    return app


def _made(make: Callable[[Settings], Flask]) -> Flask:
    try:
        return make(from_environment())
    except SettingsFault as wrong:
        click.echo(json.dumps({"refused": "the settings cannot be used", "faults": wrong.faults}))
        sys.exit(1)


if __name__ == "__main__":
    main()
