"""The map of the site's addresses, for tests that call every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule


def addresses(app: Flask, **values: object) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address of the site."""
    adapter = app.url_map.bind("participe.valclair.example")
    for rule in app.url_map.iter_rules():
        given = {name: _given(rule, name, values) for name in rule.arguments}
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield rule, method, adapter.build(rule.endpoint, given, method=method)


def _given(rule: Rule, name: str, values: dict[str, object]) -> object:
    """What stands in the address: the value told, unless it cannot stand there."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return values[name] if values.get(name) in converter.items else min(converter.items)
    return values.get(name, 1 if isinstance(converter, IntegerConverter) else "x")
