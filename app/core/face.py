"""The face of the site inside Flask: templates, compiled files under lasting addresses, the council's colours.

Compiled files and the theme's style sheet have their content's hash in their address, so that browsers keep them for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, current_app, send_file
from flask.templating import Environment as FlaskEnvironment
from flask_babel import gettext
from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader

from app.core.formats import format_day, format_duration, format_money, format_number, format_when
from app.core.policy import Role, allow
from app.theme import fingerprint, render_theme_css

if TYPE_CHECKING:
    from app.settings import Settings

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}

COMPONENTS = {
    "button": "govukButton",
    "checkboxes": "govukCheckboxes",
    "date_input": "govukDateInput",
    "error_summary": "govukErrorSummary",
    "file_upload": "govukFileUpload",
    "input": "govukInput",
    "radios": "govukRadios",
    "select": "govukSelect",
    "summary_list": "govukSummaryList",
    "task_list": "govukTaskList",
    "textarea": "govukTextarea",
}
"""What templates call a component, and GOV.UK Frontend its macro."""


class Templates(FlaskEnvironment):
    """Flask's templates over one dictionary of globals: Jinja's own chain of two is walked in Python for each import."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The site's own, unless a template brings some of its own."""
        return super().make_globals(d) if d else self.globals


@dataclass(frozen=True)
class Site:
    """What every page says of the council."""

    name: str
    contact: str
    colour: str
    logo: str | None
    trial: bool
    country: str


def init_app(app: Flask) -> None:
    """Give templates `asset`, `site`, `theme_css_url`, `govuk`, and the filters `money`, `when`, `day`, `duration`, `number`."""
    settings: Settings = app.config["CIVIC"]
    css = render_theme_css(settings.theme)
    app.extensions["civic-face"] = css
    logo = Path(settings.theme_logo) if settings.theme_logo else None
    logo_url = f"/face/logo.{fingerprint(str(logo) + _stamp(logo))}{logo.suffix}" if logo else None
    site = Site(
        name=settings.site_name,
        contact=settings.contact_email,
        colour=settings.theme_primary,
        logo=logo_url,
        trial=settings.trial,
        country=settings.country,
    )
    app.jinja_env.globals.update(
        Role=Role,
        asset=asset_url,
        choice_items=choice_items,
        error_message=error_message,
        govuk=Components(),
        site=site,
        theme_css_url=f"/face/theme.{fingerprint(css)}.css",
    )
    app.jinja_env.filters.update(
        money=format_money, when=format_when, day=format_day, duration=format_duration, number=format_number
    )
    app.add_url_rule("/face/theme.<digits>.css", "face.theme", _serve_theme)
    app.add_url_rule("/face/<name>", "face.asset", _serve_asset)
    if logo and logo_url:
        app.add_url_rule(logo_url, "face.logo", allow(Role.ANYONE)(lambda: _serve_logo(logo)))


def asset_url(name: str) -> str:
    """The lasting address of a compiled file, for example of `civic.css`.

    Raises:
        KeyError: when the face has no such file.
    """
    return f"/face/{_manifest()[name]}"


def error_message(text: str) -> dict[str, str]:
    """The fault of a field as GOV.UK's macros take it; the word before it is for screen readers."""
    return {"text": text, "visuallyHiddenText": gettext("Error")}


def choice_items(options: Iterable[Sequence[Any]], chosen: Iterable[Any]) -> list[dict[str, Any]]:
    """Options (value, text[, hint]) as GOV.UK's macros take them, those in `chosen` marked."""
    marked = {str(value) for value in chosen if value is not None}
    items = []
    for value, text, *hint in options:
        is_chosen = str(value) in marked
        item: dict[str, Any] = {"value": value, "text": text, "checked": is_chosen, "selected": is_chosen}
        if hint and hint[0]:
            item["hint"] = {"text": hint[0]}
        items.append(item)
    return items


class Components:
    """GOV.UK Frontend's macros by our names (`govuk.button({...})`), each compiled when it is first wanted: verbs draw no page.

    They lean on missing keys being false, which our StrictUndefined forbids: they live in an environment of their own.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in COMPONENTS:
            raise AttributeError(name)
        return _component(name)


def load_components() -> None:
    """Compile them now."""
    for name in COMPONENTS:
        _component(name)


@cache
def _component(name: str) -> Any:
    template = _govuk().get_template(f"govuk_frontend_jinja/components/{name.replace('_', '-')}/macro.html")
    return getattr(template.module, COMPONENTS[name])


@cache
def _govuk() -> Environment:
    loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    return Environment(loader=loader, autoescape=True, undefined=ChainableUndefined)


def _stamp(logo: Path) -> str:
    """Changes when the council puts another logo in place; empty while there is no file."""
    return str(logo.stat().st_mtime_ns) if logo.is_file() else ""


@cache
def _manifest() -> dict[str, str]:
    names: dict[str, str] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    return names


@allow(Role.ANYONE)
def _serve_asset(name: str) -> Response:
    if name not in _manifest().values():
        abort(404)
    return _lasting(send_file(STATIC / name))


@allow(Role.ANYONE)
def _serve_theme(digits: str) -> Response:
    css: str = current_app.extensions["civic-face"]
    if digits != fingerprint(css):
        abort(404)
    return _lasting(Response(css, mimetype="text/css"))


def _serve_logo(path: Path) -> Response:
    return _lasting(send_file(path, mimetype=LOGO_TYPES.get(path.suffix.lower(), "application/octet-stream")))


def _lasting(response: Response) -> Response:
    response.headers["Cache-Control"] = FOR_EVER
    return response
