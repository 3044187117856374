"""A migration only adds, so that the release before it runs on its schema too; what goes, goes in `contract()` (ADR 11)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.core import schema

MIGRATIONS = sorted(schema.FOLDER.glob("0*.py"))
TAKES_AWAY = (
    "drop_table", "drop_column", "drop_constraint", "drop_index", "rename_table", "drop_table_comment", "batch_alter_table",
)  # fmt: skip
FORBIDDEN_SQL = ("DROP ", "RENAME ", "ALTER COLUMN", "SET NOT NULL", "TRUNCATE")


def faults_of(source: str) -> Iterator[str]:
    """What `upgrade()` of a migration does that the release before would not survive."""
    (upgrade,) = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    ]
    made = {_first(call) for call in _calls(upgrade) if _verb(call) == "create_table"}
    for call in _calls(upgrade):
        verb, table = _verb(call), _first(call)
        if verb in TAKES_AWAY:
            yield f"{verb}({table})"
        if verb == "alter_column" and {"type_", "new_column_name", "nullable"} & _given(call):
            yield f"alter_column({table}): another type, name or NOT NULL"
        if verb == "add_column" and table not in made and _demands(call):
            yield f"add_column({table}): NOT NULL without a server_default"
        if verb in ("create_unique_constraint", "create_check_constraint", "create_foreign_key"):
            yield f"{verb}: rows that the release before writes may break it"
        if verb == "execute":
            yield from (f"execute: {word}" for word in FORBIDDEN_SQL if word in ast.unparse(call).upper())


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def _verb(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _first(call: ast.Call) -> str:
    return str(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else "?"


def _given(call: ast.Call) -> set[str]:
    return {word.arg for word in call.keywords if word.arg}


def _demands(call: ast.Call) -> bool:
    for column in (one for one in _calls(call) if _verb(one) == "Column"):
        words = {word.arg: ast.unparse(word.value) for word in column.keywords}
        if words.get("nullable") == "False" and "server_default" not in words:
            return True
    return False


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: Path) -> None:
    assert list(faults_of(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_says_that_it_expands(path: Path) -> None:
    assert (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").startswith("Expand: ")


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("persons", "name")',
        'op.rename_table("persons", "people")',
        'op.alter_column("persons", "name", type_=sa.Text)',
        'op.alter_column("persons", "name", nullable=False)',
        'op.add_column("persons", sa.Column("age", sa.Integer, nullable=False))',
        'op.execute("ALTER TABLE persons DROP COLUMN name")',
        'op.create_unique_constraint("uq", "persons", ["name"])',
    ],
)
def test_what_the_release_before_would_not_survive_is_seen(line: str) -> None:
    assert list(faults_of(f"def upgrade():\n    {line}\n"))


def test_what_only_adds_is_let_through() -> None:
    lines = (
        'op.create_table("notes", sa.Column("text", sa.String, nullable=False))',
        'op.add_column("persons", sa.Column("age", sa.Integer))',
        'op.add_column("persons", sa.Column("kind", sa.String, nullable=False, server_default=""))',
        "op.execute(\"UPDATE persons SET kind = 'x'\")",
    )
    assert not list(faults_of("def upgrade():\n    " + "\n    ".join(lines) + "\n"))


def test_a_revision_is_the_number_of_its_file_and_follows_the_one_before() -> None:
    """What the site and the CLI read off the names of files (app.core.schema, cli.upgrade.outlook) is what alembic goes by."""
    line = list(ScriptDirectory(str(schema.FOLDER), version_locations=[str(schema.FOLDER)]).walk_revisions())[
        ::-1
    ]
    assert [script.revision for script in line] == schema.revisions()
    assert [f"{int(number):04}" for number in schema.revisions()] == [
        f"{place:04}" for place in range(1, len(line) + 1)
    ]
