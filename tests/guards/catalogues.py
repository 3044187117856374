"""The catalogues of translations: what the sources say, and what each language says for it.

`python -m tests.guards.catalogues` brings app/translations up to date: new strings are added empty, gone ones are dropped,
and the compiled files are written. Then fill in the empty ones and run it again. Sorted and without line numbers, so that
two people who add strings seldom meet; where git finds a conflict in a compiled file, take either and run this again.
French is written with plain spaces; the compiled file has those at which no line may break.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "app" / "translations"
LANGUAGES = ("fr", "es")
METHODS = [
    ("core/face/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
TIMELESS = datetime(2000, 1, 1, tzinfo=UTC)  # so that the same translations make the same bytes
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
OPTIONS = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}


def po_path(language: str) -> Path:
    """The translations of a language, as people write them."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def mo_path(language: str) -> Path:
    """The same, as the site reads them."""
    return po_path(language).with_suffix(".mo")


def extract() -> Catalog:
    """Every string of the sources that people see."""
    catalog = Catalog()
    found = extract_from_dir(
        ROOT / "app", method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, strip_comment_tags=True
    )
    for _file, _line, message, _comments, context in found:
        catalog.add(message, context=context)
    return catalog


def read(language: str) -> Catalog:
    """What the language says so far."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def written(catalog: Catalog) -> bytes:
    """The text of a catalogue, the same whoever writes it and when: its header holds no name and no date."""
    text = BytesIO()
    write_po(text, catalog, width=100, no_location=True, omit_header=True, sort_output=True)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return header.encode() + text.getvalue()


def french(text: str) -> str:
    """French with the spaces at which no line may break: narrow before ; ? ! » and after « and between the digits of thousands,
    wide before the colon. Only where somebody wrote a space: 18:00, https:// and %(name)s stay as they are.
    """
    narrow = re.sub(r" (?=[;?!»](?![\w\[]))|(?<=«) |(?<=\d) (?=\d{3}(?!\d))", "\u202f", text)
    return narrow.replace(" :", "\u00a0:")


def typeset(catalog: Catalog) -> Catalog:
    """The same catalogue with its texts as people read them."""
    for message in catalog if str(catalog.locale) == "fr" else ():
        text = message.string
        message.string = french(text) if isinstance(text, str) else tuple(map(french, text or ()))
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The bytes that the site reads."""
    made = BytesIO()
    catalog.creation_date = catalog.revision_date = TIMELESS
    write_mo(made, catalog)
    return made.getvalue()


def update() -> None:
    """Bring every language to what the sources say now."""
    template = extract()
    for language in LANGUAGES:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = read(language) if path.exists() else Catalog(locale=language)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        path.write_bytes(written(catalog))
        mo_path(language).write_bytes(compiled(typeset(read(language))))
        empty = sum(1 for message in catalog if message.id and not all(_as_tuple(message.string)))
        print(f"{language}: {len(catalog)} strings, {empty} still to translate in {path.relative_to(ROOT)}")


def _as_tuple(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)


if __name__ == "__main__":
    update()
