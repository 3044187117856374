"""Letters: a subject and a text in the person's language, from a template that has a block for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import current_app, g
from flask_babel import force_locale

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True)
class Letter:
    """What is sent, apart from to whom."""

    subject: str
    text: str


def write(template: str, language: str, **values: Any) -> Letter:
    """Fill in a template that extends `mail/letter.txt`.

    It has a block `subject` and a block `text`; at hand are `settings` and full addresses by `link(endpoint)`.
    """
    offered = current_app.config["CIVIC"].languages
    language = (
        language if language in offered else offered[0]
    )  # the site may have dropped the person's language
    with writing_in(language):
        sheet = current_app.jinja_env.get_template(template)
        settings = current_app.config["CIVIC"]
        context = sheet.new_context({**values, "settings": settings, "link": link, "lang": language})
        subject = one_line("".join(sheet.blocks["subject"](context)))
        return Letter(subject, sheet.render(context.get_all()).strip() + "\n")


def link(endpoint: str, **values: Any) -> str:
    """The full address of a page, on the site's configured name: never the name that some request came in with (A26)."""
    values = {"lang": g.lang, **values} if "lang" not in values else values
    path = current_app.url_map.bind("site").build(endpoint, values, force_external=False)
    return f"{current_app.config['CIVIC'].base_url}{path}"


def one_line(text: str) -> str:
    """The text without what would end a header. A title may hold one (a cell of a file, a paste); the letter must not fail."""
    return _BREAKS.sub(" ", text).strip()


@contextmanager
def writing_in(language: str) -> Iterator[None]:
    """Within, texts are of this language, whatever that of the request is."""
    before = g.get("lang")
    g.lang = language
    try:
        with force_locale(language):
            yield
    finally:
        if before is None:
            g.pop("lang")
        else:
            g.lang = before
