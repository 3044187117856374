"""`python -m app VERB`: the site's commands for the installer, for units and for the CLI. JSON on standard output."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, g

from app import features
from app.core.errors import Refusal
from app.factory import create_app
from app.settings import SettingsFault, from_environment


class Verbs(click.Group):
    """A group whose refusals are answers, not tracebacks."""

    def invoke(self, context: click.Context) -> object:
        """Run the verb inside the site; a refusal is printed as JSON and exits 1."""
        app = _site()
        with app.app_context():
            g.lang = "en"  # the shell speaks English, whatever the site's first language
            try:
                return super().invoke(context)
            except Refusal as refusal:
                click.echo(
                    json.dumps({"refused": refusal.message(), "faults": list(refusal.fields.values())})
                )
                raise SystemExit(1) from None


def _site() -> Flask:
    try:
        return create_app(from_environment())
    except SettingsFault as wrong:
        click.echo(json.dumps({"refused": "the settings cannot be used", "faults": wrong.faults}))
        sys.exit(1)


main = Verbs("app", commands={command.name or "": command for command in features.COMMANDS}, help=__doc__)

if __name__ == "__main__":
    main()
