"""The group finds its verbs, each of which explains itself and shares the same options."""

import pytest
from click.testing import CliRunner

from cli.console import as_typed
from cli.main import civic

VERBS = civic.list_commands(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help_with_an_example(name: str) -> None:
    said = CliRunner().invoke(civic, [name, "--help"])
    assert said.exit_code == 0
    assert f"civic {name}" in said.output.split("Options:")[0].split("\n", 1)[1], "no example"


def test_a_slip_in_a_verb_is_wrong_use() -> None:
    assert CliRunner().invoke(civic, ["instal"]).exit_code == 2


def test_commands_are_shown_as_they_are_typed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIVIC_COMMAND", "./deploy/civic")
    said = as_typed("Run civic install --trial; civic is free, /opt/civic status")
    assert said == "Run ./deploy/civic install --trial; civic is free, /opt/civic status"
