"""Questions to a person: only what the installer cannot know, each answer checked at once by the setting's own check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from typing import Any

from app import settings
from cli.console import Console


def complete(console: Console, given: Mapping[str, str]) -> dict[str, str]:
    """`given` plus the answers to what it lacks among the settings that the installer asks for.

    Raises: WrongUse when an answer is needed and nobody is there.
    """
    answers = dict(given)
    for declaration in settings.declared():
        name = settings.env_name(declaration.name)
        required = declaration.metadata["default"] is None
        if name in answers or not declaration.metadata.get("asks") or not (required or console.can_ask()):
            continue
        if console.yes and not required:
            continue
        answers[name] = _answer(console, declaration)
    return answers


def _answer(console: Console, declaration: Field[Any]) -> str:
    facts = declaration.metadata
    default = facts["default"]
    console.say(facts["help"])
    prompt = f"  {settings.env_name(declaration.name)}{f' [{default}]' if default else ''}: "
    while True:
        text = console.ask(prompt, hidden=bool(facts.get("secret"))).strip() or (default or "")
        try:
            facts["parse"](text)
        except ValueError as wrong:
            console.say(f"  It {wrong}.")
            continue
        return text
