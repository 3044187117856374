"""The shell's way to segments: which there are, and how many people one has now."""

from __future__ import annotations

import json

import click

from app.segments import queries, wording
from app.segments.errors import NoSuchSegment
from app.segments.names import load_names


@click.command("segment-list")
def segment_list() -> None:
    """Say which segments there are, each with its rule in words."""
    names = load_names()
    rows = [
        {"segment": one.segment.name, "id": one.segment.id, "version": one.version.number,
         "rule": wording.sentence(one.rule, names), "purpose": one.version.purpose}
        for one in queries.list_described()
    ]  # fmt: skip
    click.echo(json.dumps({"segments": rows}))


@click.command("segment-count")
@click.argument("name")
def segment_count(name: str) -> None:
    """Say how many people are in the segment NAME now."""
    segment = queries.find_segment(name)
    if segment is None:
        raise NoSuchSegment
    one = queries.get_described(segment.id)
    said = {"segment": segment.name, "version": one.version.number, "people": queries.count(one.rule),
            "without_account": queries.count_entries(one.rule)}  # fmt: skip
    click.echo(json.dumps(said))
