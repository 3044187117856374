"""The map of the site's addresses, for tests that call every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule


def addresses(app: Flask, **values: object) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address of the site."""
    adapter = app.url_map.bind("participe.valclair.example")
    for rule in app.url_map.iter_rules():
        given = {name: _value(rule, name, values) for name in rule.arguments}
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield rule, method, adapter.build(rule.endpoint, given, method=method)


def _value(rule: Rule, name: str, values: dict[str, object]) -> object:
    """What stands for an argument: as told, else 1 for a number; of several words one that this address knows."""
    known = getattr(rule._converters[name], "items", None)
    if known is not None and values.get(name) not in known:
        return sorted(known)[0]
    return values.get(name, 1 if name.endswith("_id") else "x")
