"""A setting is declared once, and used."""

import re

import pytest

from app import settings
from tests.guards.files import ROOT, tracked

ARRIVING: set[str] = set()
"""Declared for what is being built; each is taken off this list when it is used."""
NAMES = [declaration.name for declaration in settings.declared()]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_used_by_the_site_or_by_its_installer(name: str) -> None:
    attribute = _pattern(name)
    users = [
        path for path in tracked() if _may_use(path) and attribute.search(path.read_text(encoding="utf-8"))
    ]
    assert bool(users) == (name not in ARRIVING), f"{name}: used by {users or 'nothing'}"


def _pattern(name: str) -> re.Pattern[str]:
    """As an attribute, in the environment, as Ansible's variable, as a key; theme colours are read as a family."""
    family = "|\\btheme_\\{" if name.startswith("theme_") else ""
    return re.compile(
        rf"\.{name}\b|\b{settings.env_name(name)}\b|\bcivic_{name}\b|\[['\"]{name}['\"]\]|settings_{name}\b{family}"
    )


def _may_use(path: object) -> bool:
    relative = str(path).removeprefix(f"{ROOT}/")
    return relative.startswith(("app/", "cli/", "ansible/", "deploy/")) and relative.endswith(
        (".py", ".j2", ".yml", ".html")
    )
