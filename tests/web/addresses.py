"""The map of the site's addresses, for tests that call every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule


def addresses(app: Flask, **values: object) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address of the site."""
    adapter = app.url_map.bind("participe.valclair.example")
    for rule in app.url_map.iter_rules():
        given = {name: values.get(name, "x") for name in rule.arguments}
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield rule, method, adapter.build(rule.endpoint, given, method=method)
