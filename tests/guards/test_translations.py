"""A language is complete or the build fails: nobody meets a page half in English."""

from __future__ import annotations

import ast
import re

import pytest
from babel.messages.mofile import read_mo

from tests.guards.catalogues import LANGUAGES, extract, french, mo_path, read, typeset
from tests.guards.files import name, tracked

REMEDY = "run: python -m tests.guards.catalogues, then fill in what is empty and run it again"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def _texts(message_id: object) -> tuple[str, ...]:
    return tuple(message_id) if isinstance(message_id, (tuple, list)) else (str(message_id),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_of_the_sources_is_in_the_catalogue_and_no_other(language: str) -> None:
    wanted = {_texts(message.id) for message in extract() if message.id}
    there = {_texts(message.id) for message in read(language) if message.id}
    assert wanted - there == set(), REMEDY
    assert there - wanted == set(), REMEDY


def test_no_string_hides_from_the_catalogue_in_a_formatted_one() -> None:
    """Babel finds none between the braces of an f-string: it would be in English everywhere."""
    hidden = [
        f"{name(path)}:{call.lineno}"
        for path in tracked()
        if path.suffix == ".py" and name(path).startswith("app/")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and "gettext" in call.func.id
    ]
    assert hidden == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(language: str) -> None:
    empty = [m.id for m in read(language) if m.id and not all(_texts(m.string))]
    assert empty == [], REMEDY


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places_where_names_and_numbers_go(language: str) -> None:
    for message in read(language):
        wanted = {place for text in _texts(message.id) for place in PLACEHOLDER.findall(text)}
        for text in _texts(message.string) if message.id else ():
            assert set(PLACEHOLDER.findall(text)) == wanted, f"{message.id!r} in {language}: {text!r}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_written_one(language: str) -> None:
    with mo_path(language).open("rb") as file:
        there = read_mo(file)
    wanted = {(_texts(m.id), _texts(m.string)) for m in typeset(read(language)) if m.id}
    assert {(_texts(m.id), _texts(m.string)) for m in there if m.id} == wanted, REMEDY


@pytest.mark.parametrize(
    ("written", "compiled"),
    [
        ("Quand ? Non ; si !", "Quand\u202f? Non\u202f; si\u202f!"),
        ("« %(name)s » : oui", "«\u202f%(name)s\u202f»\u00a0: oui"),
        ("(« a ») ?", "(«\u202fa\u202f»)\u202f?"),
        ("2 000 lignes, 1 234 567 €", "2\u202f000 lignes, 1\u202f234\u202f567 €"),
        ("à 18:00, sur https://a.example/?b=c;d", "à 18:00, sur https://a.example/?b=c;d"),
        ("+33 4 75 00 00 00 ou 27 3 1980", "+33 4 75 00 00 00 ou 27 3 1980"),
        ("%(percent)s %% de {used}", "%(percent)s %% de {used}"),
        ("elle montre : ![une image](adresse)", "elle montre\u00a0: ![une image](adresse)"),
    ],
)
def test_french_is_compiled_with_the_spaces_at_which_no_line_breaks(written: str, compiled: str) -> None:
    assert french(written) == compiled
    assert french(compiled) == compiled


def test_french_is_written_with_its_own_apostrophe_and_with_plain_spaces() -> None:
    texts = [text for message in read("fr") if message.id for text in _texts(message.string)]
    assert [text for text in texts if re.search(r"\w'\w", text)] == [], "write ’ between letters, not '"
    assert [text for text in texts if re.search("[\u00a0\u202f]", text)] == [], "write a plain space"
    assert [text for text in texts if re.search(r"\w[;?!»](?!\S)|«\S", text)] == [], "write a space there"
