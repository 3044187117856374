"""Every verb explains itself, stands in the handbook, and is tested."""

from __future__ import annotations

import re

import click
import pytest

from cli.main import civic
from tests.guards.files import ROOT, under

INSIDE = {"alert", "converge", "go-live", "recover", "retire", "watch", "welcome"}
"""Verbs that another verb calls on the host; nobody types them."""
CONTEXT = click.Context(civic)
VERBS = civic.list_commands(CONTEXT)
HANDBOOK = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/operating.md"))
TESTS = "".join(
    path.read_text(encoding="utf-8") for path in under("tests", suffix=".py") if path.name != "test_verbs.py"
)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_and_every_option_of_it_has_help(name: str) -> None:
    found = civic.get_command(CONTEXT, name)
    assert found is not None
    assert found.help
    silent = [option.name for option in found.params if isinstance(option, click.Option) and not option.help]
    assert not silent


@pytest.mark.parametrize("name", sorted(set(VERBS) - INSIDE))
def test_every_verb_stands_in_the_handbook(name: str) -> None:
    assert re.search(rf"\bcivic {name}\b", HANDBOOK)


@pytest.mark.parametrize("name", sorted(set(VERBS) - INSIDE))
def test_every_verb_is_called_by_a_test(name: str) -> None:
    assert re.search(rf'"{name}"|(civic|verb) {name}\b', TESTS)
