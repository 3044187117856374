"""`civic config` looks before it changes anything."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli import config
from cli.main import civic
from cli.trial.folder import TrialFolder
from cli.trial.settings import made_up
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


def test_a_secret_is_read_from_the_standard_input_and_never_from_the_command_line(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "trial")
    folder.create()
    config.write(folder.env_file, made_up(folder))

    def give(*words: str, line: str = "") -> Result:
        options = ["--trial", "--dir", str(folder.path)]
        return CliRunner().invoke(civic, ["config", "set", "sms-token", *words, *options], input=line)

    said = give("canary-1")
    assert (said.exit_code, "is a secret" in said.output, "canary-1" in said.output) == (2, True, False)
    assert give(line="\n").exit_code == 2
    assert config.read(folder.env_file).get("CIVIC_SMS_TOKEN", "") == ""
    said = give(line="canary-2\nmore\n")
    assert (said.exit_code, "canary-2" in said.output) == (0, False), said.output
    assert config.read(folder.env_file)["CIVIC_SMS_TOKEN"] == "canary-2"
    assert give("").exit_code == 0
    assert config.read(folder.env_file)["CIVIC_SMS_TOKEN"] == ""


def test_a_setting_that_is_no_secret_wants_its_value(tmp_path: Path) -> None:
    said = call("set", "smtp-port", "--trial", "--dir", tmp_path)
    assert (said.exit_code, "CIVIC_SMTP_PORT is missing" in said.output) == (2, True)
