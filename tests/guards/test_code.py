"""Rules of the house that a linter does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.files import ROOT, name, tracked, under

NEVER_COMMIT = ("service.py", "queries.py", "models.py", "rules.py", "forms.py", "mails.py")
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|checkouts?|investments?|dumps?)(_|$)")
HOSTS = (
    ("pypi", "org"), ("pythonhosted", "org"), ("deb", "debian", "org"), ("snapshot", "debian"), ("registry", "npmjs"),
)  # fmt: skip
"""In parts, so that this file keeps the rule as well."""
REGISTRIES = re.compile("|".join([*(re.escape(".".join(parts)) for parts in HOSTS), r"index-url\s*=\s*http"]))
MODULES = [path for path in under("app", "cli", suffix=".py")]


def calls(path: Path) -> Iterator[str]:
    """Names of the methods that a module calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def definitions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Public classes and functions of a module, with their methods."""
    stack: list[ast.AST] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while stack:
        node = stack.pop()
        if isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                stack.extend(node.body)


def test_services_flush_and_never_commit() -> None:
    files = [path for path in MODULES if path.name in NEVER_COMMIT and path.parent.name != "core"]
    assert files
    assert not [name(path) for path in files if {"commit", "rollback"} & set(calls(path))]


def test_no_name_is_vague_or_of_another_trade() -> None:
    vague = []
    for path in MODULES:
        words = [path.stem, *(found for found, _ in definitions(path))]
        vague += [
            f"{name(path)}: {word}"
            for word in words
            if VAGUE.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower())
        ]
    assert not vague


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_class_and_public_function_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path != ROOT / "app/__init__.py":
        assert ast.get_docstring(tree), "no module docstring"
    silent = [found for found, node in definitions(path) if not ast.get_docstring(node)]  # type: ignore[arg-type]
    assert not silent


def test_no_file_names_a_registrys_host_or_a_folder_of_one_machine() -> None:
    assert not [
        name(path)
        for path in tracked()
        if path != Path(__file__) and path.suffix not in (".png", ".webp", ".woff2", ".mo", ".ico", ".gz")
        and REGISTRIES.search(path.read_text(encoding="utf-8", errors="replace"))
    ]  # fmt: skip


def test_ansible_has_no_init_file_that_would_shadow_ansible_itself() -> None:
    assert not (ROOT / "ansible/__init__.py").exists()


def test_every_playbook_stops_all_hosts_at_the_first_fault() -> None:
    plays = under("ansible/playbooks", suffix=".yml")
    for path in plays:
        text = path.read_text(encoding="utf-8")
        assert text.count("hosts:") == text.count("any_errors_fatal: true"), name(path)


def test_no_test_borrows_from_another_test() -> None:
    borrowed = re.compile(r"^from tests\.[a-z_.]*\btest_", re.MULTILINE)
    files = under("tests", suffix=".py")
    assert not [name(path) for path in files if borrowed.search(path.read_text(encoding="utf-8"))]


def test_each_view_that_reads_a_file_says_that_it_takes_one() -> None:
    """Without the word a file of more than 256 KB is refused at the door (app/core/bodies.py)."""
    views = [
        (f"{name(path)}: {node.name}", ast.unparse(node))
        for path in MODULES
        if path.name in ("office.py", "routes.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    takers = [(view, text) for view, text in views if "request.files" in text]
    assert takers
    assert [view for view, text in takers if "@takes_files" not in text] == []
