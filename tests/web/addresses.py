"""The map of the site's addresses, for tests that call every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule


def addresses(app: Flask, **values: object) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address of the site; what is not among `values` is 1, the first choice, or x."""
    adapter = app.url_map.bind("participe.valclair.example")
    for rule in app.url_map.iter_rules():
<<<<<<< HEAD
        given = {name: values.get(name, usual) for name, usual in _usual(rule).items()}
=======
        given = {name: _given(rule, name, values) for name in rule.arguments}
>>>>>>> segments
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield rule, method, adapter.build(rule.endpoint, given, method=method)


<<<<<<< HEAD
def _usual(rule: Rule) -> dict[str, object]:
    parts = re.findall(r"<(?:(\w+)(?:\((.+?)\))?:)?(\w+)>", rule.rule)
    return {name: 1 if kind == "int" else choices.split(",")[0] or "x" for kind, choices, name in parts}
=======
def _given(rule: Rule, name: str, values: dict[str, object]) -> object:
    """What stands in the address: the value told, unless it cannot stand there."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return values[name] if values.get(name) in converter.items else min(converter.items)
    return values.get(name, 1 if isinstance(converter, IntegerConverter) else "x")
>>>>>>> segments
