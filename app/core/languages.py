"""The language of a page is the first part of its address, so that pages can be shared, cached and linked from mails.

An address in a language that the site has dropped since is still its page, in the site's first language: a letter may hold it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, request
from flask_babel import Babel
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.routing import BaseConverter

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
NATIVE = {"fr": "Français", "es": "Español", "en": "English"}

_LANGUAGE = re.compile(rf"/({'|'.join(NATIVE)})(?=/|$)")


def current() -> str:
    """The language in force: of the address, or of the letter being written, or the site's first."""
    lang: str | None = g.get("lang")
    return lang or current_app.config["CIVIC"].languages[0]


def preferred() -> str:
    """The site's language that the browser likes best."""
    offered = list(current_app.config["CIVIC"].languages)
    return request.accept_languages.best_match(offered) or offered[0]


def init_app(app: Flask) -> None:
    """Take the language out of each address, put it into each link."""
    offered = app.config["CIVIC"].languages
    zone = app.config["CIVIC"].time_zone

    class LanguageConverter(BaseConverter):
        """A language in which a site can be."""

        regex = "|".join(NATIVE)

    app.url_map.converters["language"] = LanguageConverter
    app.url_value_preprocessor(_take)
    app.url_defaults(_give)
    app.context_processor(_for_pages)
    Babel(  # type: ignore[no-untyped-call]
        app,
        default_locale=offered[0],
        default_translation_directories="translations",
        locale_selector=current,
        timezone_selector=lambda: zone,
    )
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = _say


def _take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        lang, offered = values.pop("lang"), current_app.config["CIVIC"].languages
        g.lang = lang if lang in offered else offered[0]
    elif (first := request.path.split("/")[1]) in current_app.config["CIVIC"].languages:
        g.lang = first  # an address that leads nowhere is answered in its language too


def _give(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = current()


def _for_pages() -> dict[str, Any]:
    """`lang`, and `languages` as (code, native name, address of this page in it)."""
    lang = current()
    rest = _LANGUAGE.sub("", request.full_path.rstrip("?"))
    offered = current_app.config["CIVIC"].languages
    return {"lang": lang, "languages": [(code, NATIVE[code], f"/{code}{rest}") for code in offered]}


@cache
def _catalogue(lang: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [lang])


@lru_cache(maxsize=4096)
def _said(lang: str, text: str, is_html: bool) -> str:
    said = _catalogue(lang).gettext(text)
    return Markup(said) if is_html else said  # noqa: S704 - the text is of a template of ours


# Pages ask for hundreds of strings: these find one in a step, where Flask-Babel takes a dozen.
def _gettext(text: str) -> str:
    return _catalogue(current()).gettext(text)


@pass_eval_context
def _say(place: EvalContext, text: str, /, **values: Any) -> str:
    said = _said(current(), text, bool(place.autoescape))
    return said % values if "%" in said else said


def _ngettext(one: str, many: str, number: int) -> str:
    return _catalogue(current()).ngettext(one, many, number)
