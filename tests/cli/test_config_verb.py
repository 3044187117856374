"""`civic config` looks before it changes anything."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli import config
from cli.main import civic
from tests.cli.conftest import GOOD


def call(*words: object) -> Result:
    """Run `civic config WORDS`."""
    return CliRunner().invoke(civic, ["config", *map(str, words)])


def test_a_good_file_is_said_to_be_in_order(tmp_path: Path) -> None:
    config.write(tmp_path / "site.env", GOOD)
    said = call("check", tmp_path / "site.env")
    assert (said.exit_code, "is in order" in said.output) == (0, True)


def test_a_bad_file_is_refused_with_all_its_faults_and_exit_code_two(tmp_path: Path) -> None:
    config.write(tmp_path / "site.env", {**GOOD, "CIVIC_SMTP_PROT": "25", "CIVIC_TLS": "maybe"})
    said = call("check", tmp_path / "site.env", "--json")
    answer = json.loads(said.stdout)
    assert (said.exit_code, answer["exit"], len(answer["failed"].splitlines())) == (2, 2, 2)
    assert "did you mean CIVIC_SMTP_PORT" in answer["failed"]


def test_setting_an_unknown_name_is_wrong_use_and_names_the_nearest(tmp_path: Path) -> None:
    said = call("set", "smtp-prot", "25", "--trial", "--dir", tmp_path)
    assert (said.exit_code, "CIVIC_SMTP_PORT" in said.output) == (2, True)
