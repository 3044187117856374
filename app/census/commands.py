"""The shell's way to the census: add a list, say which there are, renew their keys."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import current_app

from app.census import queries, renewal, service
from app.census.service import NewList
from app.core.db import db

ACTOR = "shell"
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("census-add")
@click.argument("name")
@click.option("--source", required=True, type=click.Choice(service.SOURCES))
@click.option("--basis", required=True, help="Law or decision.")
@click.option("--keep-until", required=True, type=DAY)
@click.option("--country", type=click.Choice(list(service.IDENTITY_OF)), help="The site's, unless told.")
@click.option("--known-by", type=click.Choice(["number", "civil-status"]))
def census_add(**given: Any) -> None:
    """Add the census list NAME."""
    kept_until = given["keep_until"].date()
    country = given["country"] or current_app.config["CIVIC"].country
    known_by = given["known_by"] or service.IDENTITY_OF[country]
    new = NewList(given["name"], given["source"], given["basis"], kept_until, country, known_by)
    added = service.add_list(ACTOR, new)
    db.session.commit()
    click.echo(json.dumps({"list": added.name, "id": added.id}))


@click.command("census-lists")
def census_lists() -> None:
    """Say which lists there are and how many entries stand on each."""
    lists = [
        {
            "list": one.list.name,
            "source": one.list.source,
            "legal_basis": one.list.legal_basis,
            "keep_until": one.list.kept_until_on.isoformat(),
            "known_by": one.list.identity,
            "entries": one.entries,
            "holds_from": one.last.effective_on.isoformat() if one.last else None,
            "has_other_key": service.has_other_key(one.list),
        }
        for one in queries.list_standing()
    ]
    click.echo(json.dumps({"lists": lists}))


@click.command("census-peppers")
def census_peppers() -> None:
    """Say which lists the newest pepper does not open, and which none does."""
    standing = renewal.find_standing()
    click.echo(json.dumps({"left": standing.left, "lost": standing.lost}))


@click.command("census-renew")
@click.option("--lost", is_flag=True, help="Go on without the pepper of lists that none of the site's opens.")
def census_renew(lost: bool) -> None:
    """Make the hashes of all lists anew with the newest pepper, a list in a transaction."""
    standing = renewal.find_standing()
    rows = {}
    for name in standing.lost if lost else standing.left:
        target = queries.get_named(name)
        rows[name] = 0
        if lost:
            renewal.give_up(ACTOR, target)
        else:
            rows[name] = renewal.renew(ACTOR, target)
        db.session.commit()
    click.echo(json.dumps({"rows": rows, "lost": [] if lost else standing.lost}))
