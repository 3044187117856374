"""One meaning a word: each stands once in the glossary, and what it replaces is no name here and in no text that people read."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.guards.catalogues import extract
from tests.guards.files import ROOT, name, under

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| (?!word )\w", line)
]
REFUSED = {word.lower() for row in ROWS for word in re.findall(r"\*\*(\w+)\*\*", row[2])}


def test_each_word_stands_once_in_the_glossary() -> None:
    words = Counter(word.strip() for row in ROWS for word in row[0].split(","))
    assert [word for word, times in words.items() if times > 1] == []


def test_no_name_of_the_code_is_a_word_that_the_glossary_refuses() -> None:
    assert REFUSED, "the glossary has lost its bold words"
    wrong = []
    for path in under("app", "cli", suffix=".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and _words(node.name) & REFUSED:
                wrong.append(f"{name(path)}: {node.name}")
    assert not wrong


def test_no_text_that_people_read_has_a_word_that_the_glossary_refuses() -> None:
    ids = [message.id for message in extract() if message.id]
    texts = [text for one in ids for text in ([one] if isinstance(one, str) else one)]
    assert [text for text in texts if set(re.findall(r"\w+", text.lower())) & REFUSED] == []


def _words(identifier: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", identifier).lower().split("_"))
