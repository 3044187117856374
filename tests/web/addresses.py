"""The map of the site's addresses, for tests that call every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule


def addresses(app: Flask, **values: object) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address of the site; what is not among `values` is 1, the first choice, or x."""
    adapter = app.url_map.bind("participe.valclair.example")
    for rule in app.url_map.iter_rules():
        given = {name: values.get(name, usual) for name, usual in _usual(rule).items()}
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield rule, method, adapter.build(rule.endpoint, given, method=method)


def _usual(rule: Rule) -> dict[str, object]:
    parts = re.findall(r"<(?:(\w+)(?:\((.+?)\))?:)?(\w+)>", rule.rule)
    return {name: 1 if kind == "int" else choices.split(",")[0] or "x" for kind, choices, name in parts}
