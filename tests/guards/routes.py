"""Every page of the site with who may call it. `python -m tests.guards.generated` writes the list anew."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from app.core.policy import Role
from app.factory import create_app
from tests.conftest import make_settings

UNASKED = ("static",)
"""Served before anybody asks who calls: files that are the same for all."""


def routes_page() -> str:
    """docs/routes.md: methods, address and least role of each route, of a real site and of a trial."""
    real, trial = _routes("no"), _routes("yes")
    lines = [
        "# Routes",
        "",
        "Generated from the running site: every address and the least role that may call it, by `app/core/policy.py`.",
        "A page that vanishes or opens to more people shows here as a changed line.",
        "",
        "| method | address | least role |",
        "|---|---|---|",
    ]
    for (address, method), role in sorted(trial.items()):
        only = "" if (address, method) in real else "; on a trial site only"
        lines.append(f"| {method} | `{address}` | {role}{only} |")
    return "\n".join(lines) + "\n"


def _routes(trial: str) -> dict[tuple[str, str], str]:
    """Least role by address and method."""
    site = create_app(make_settings("sqlite:///", Path("/nonexistent"), trial=trial))
    return {
        (rule.rule, method): _role(site, rule.endpoint)
        for rule in site.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _role(site: Flask, endpoint: str) -> str:
    if endpoint in UNASKED:
        return "anyone"
    role: Role = vars(site.view_functions[endpoint])["allowed_role"]
    return role.name.lower()
