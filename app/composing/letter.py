"""From markdown to the pieces of a circular: HTML in the council's look, and plain text, with places for what is a reader's own.

No markup of the writer's gets through, no address that runs, and no picture of another site, which would tell it who reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.composing import plain, rules
from app.mail.circulars import UNSUBSCRIBE
from app.mail.letters import writing_in
from app.people.purposes import BY_KEY
from app.settings import Settings

CHOICES = "choices_url"
"""The field that leads to the page on which a reader chooses letters without signing in."""
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_IN_ADDRESS = re.compile(r"(?:\ue000|%EE%80%80)[0-9]+(?:\ue001|%EE%80%81)", re.IGNORECASE)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SPELLED = re.compile(r"&#(?:x[0-9a-f]{1,6}|[0-9]{1,7});", re.IGNORECASE)
"""A sign by its number, as markdown reads it."""
_SCHEMES = ("https", "http", "mailto", "tel")
_STYLES = {
    "paragraph_open": "margin:0 0 16px",
    "heading_open": "margin:24px 0 8px;line-height:1.25",
    "bullet_list_open": "margin:0 0 16px;padding-left:24px",
    "ordered_list_open": "margin:0 0 16px;padding-left:24px",
    "blockquote_open": "margin:0 0 16px;padding-left:16px;border-left:4px solid #b1b4b6",
    "hr": "border:0;border-top:1px solid #b1b4b6;margin:24px 0",
    "image": "max-width:100%;height:auto;border:0",
}


@dataclass(frozen=True)
class Wrong:
    """Something about an address or picture of a text: `link`, `own-link`, `field-link`, `picture`, `alt`; and which one."""

    reason: str
    word: str


@dataclass
class Composed:
    """A letter in one language: pieces as a circular has them, its links, and what is wrong with them."""

    subject: list[str]
    text: list[str]
    html: list[str]
    links: list[str] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        """The personal fields in it."""
        return {*self.subject[1::2], *self.text[1::2], *self.html[1::2]}


def compose(subject: str, body: str, purpose: str, language: str) -> Composed:
    """The letter that these words make; personal fields that are wrong are for `rules.field_faults` to find, not here."""
    settings: Settings = current_app.config["CIVIC"]
    names: list[str] = []

    def place(name: str) -> str:
        names.append(name)
        return f"{_OPEN}{len(names) - 1}{_CLOSE}"

    pieces = rules.split_fields(_without_private(body))
    marked = "".join(place(piece) if at % 2 else piece for at, piece in enumerate(pieces))
    parser = _parser()
    tokens = parser.parse(marked)
    found = _Looking(settings)
    found.walk(tokens)
    frame = {
        "settings": settings,
        "purpose": BY_KEY[purpose].name(language),
        "stop": place(UNSUBSCRIBE),
        "choices": place(CHOICES),
        "lang": language,
        "title": "".join(rules.split_fields(subject)[::2]),
    }
    with writing_in(language):
        content = Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - html is off
        sheets = current_app.jinja_env
        html = sheets.get_template("mail/circular.html").render(
            content=content, logo=_logo(settings), **frame
        )
        text = sheets.get_template("mail/circular.txt").render(content=plain.render(tokens), **frame)
    return Composed(
        rules.split_fields(subject), _split(text, names), _split(html, names), found.links, found.wrong
    )


def _without_private(text: str) -> str:
    """The text without signs that could be taken for a place of a field, however they are spelled."""
    plain = _PRIVATE.sub("", text)
    return _SPELLED.sub(lambda one: "\ufffd" if _PRIVATE.search(unescape(one[0])) else one[0], plain)


def show(pieces: Sequence[str], known: Mapping[str, str], *, is_html: bool = False) -> str:
    """The text as a reader of whom this is known would get it."""
    filled = (known.get(piece) or rules.fill(piece, known) for piece in pieces[1::2])
    own = [str(escape(one)) if is_html else one for one in filled]
    return "".join(piece if at % 2 == 0 else own[at // 2] for at, piece in enumerate(pieces))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False})
    parser.validateLink = _may_stand  # type: ignore[method-assign,assignment]
    return parser


def _may_stand(address: str) -> bool:
    """Whether markdown may make a link of it at all: what runs in a browser stays text."""
    scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
    return scheme is None or scheme.group(1).lower() in _SCHEMES


class _Looking:
    """A walk over what was written: addresses made whole, styles put on, faults gathered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = settings.base_url
        self.links: list[str] = []
        self.wrong: list[Wrong] = []

    def walk(self, tokens: Sequence[Token]) -> None:
        """Look at each token, and at those within."""
        for token in tokens:
            if token.type in _STYLES:
                token.attrSet("style", _STYLES[token.type])
            if token.type == "link_open":
                token.attrSet("style", f"color:{self._settings.theme.primary}")
                token.attrSet("href", self._link(str(token.attrGet("href") or "")))
            elif token.type == "image":
                self._picture(token)
            self.walk(token.children or [])

    def _link(self, written: str) -> str:
        address = (
            self._base + written if written.startswith("/") and not written.startswith("//") else written
        )
        self.links.append(address)
        if _IN_ADDRESS.search(address):
            self.wrong.append(Wrong("field-link", _IN_ADDRESS.sub("{…}", address)))
        elif address == self._base or address.startswith(self._base + "/"):
            if not _leads_somewhere(address.removeprefix(self._base)):
                self.wrong.append(Wrong("own-link", written))
        elif not self._is_whole(address):
            self.wrong.append(Wrong("link", written))
        return address

    @staticmethod
    def _is_whole(address: str) -> bool:
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            return False
        if parts.scheme in ("mailto", "tel"):
            return bool(parts.path)
        return parts.scheme in ("http", "https") and "." in host and not parts.username

    def _picture(self, token: Token) -> None:
        written = str(token.attrGet("src") or "")
        address = (
            self._base + written if written.startswith("/") and not written.startswith("//") else written
        )
        if not address.startswith(self._base + "/"):
            self.wrong.append(Wrong("picture", written))
            token.attrSet("src", "")
            return
        token.attrSet("src", address)
        if not token.content.strip():
            self.wrong.append(Wrong("alt", written))


def _leads_somewhere(path: str) -> bool:
    """Whether the site has such a page: by its map of addresses, which asks nobody."""
    adapter = current_app.url_map.bind("site")
    return bool(adapter.test(urlsplit(path).path or "/", "GET"))


def _logo(settings: Settings) -> str:
    """The address of the council's logo, if mail programs can show it."""
    site = current_app.jinja_env.globals["site"]
    logo: str | None = getattr(site, "logo", None)
    return settings.base_url + logo if logo and logo.endswith(".png") else ""


def _split(text: str, names: Sequence[str]) -> list[str]:
    """Pieces and the fields' names in turn."""
    pieces = _PLACE.split(text)
    return [names[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces)]


def explain(wrong: Wrong) -> str:
    """What is wrong, and what to do, in the language of the page."""
    return {
        "link": gettext("The link “%(word)s” leads nowhere. Write it out with https://.", word=wrong.word),
        "own-link": gettext(
            "This site has no page “%(word)s”. Open the page and copy its address.", word=wrong.word
        ),
        "field-link": gettext(
            "A personal field cannot stand in the address of a link: “%(word)s”.", word=wrong.word
        ),
        "picture": gettext(
            "The picture “%(word)s” lies on another site, which would learn who reads the letter. Use one of this site.",
            word=wrong.word,
        ),
        "alt": gettext(
            "The picture “%(word)s” has no description. Say what it shows: ![a description](address).",
            word=wrong.word,
        ),
    }[wrong.reason]
