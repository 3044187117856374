"""`civic count` recounts a file, says what it found in plain words or as JSON, and refuses clearly."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import civic
from tests.unit.elections import VALCLAIR


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """An invented election on disk."""
    path = tmp_path / "valclair.pb"
    path.write_text(VALCLAIR, encoding="utf-8")
    return path


def count(*words: object) -> Result:
    """Run `civic count`."""
    return CliRunner().invoke(civic, ["count", *map(str, words)])


def test_json_holds_exactly_the_four_promised_facts(town: Path) -> None:
    result = count(town, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "rule": "greedy",
        "funded": ["p1", "p3"],
        "spent": 1000,
        "ties": [["p1", "p2"]],
    }


def test_a_person_reads_what_is_funded_and_why_the_rest_is_not(town: Path) -> None:
    said = count(town).stdout
    assert "Budget of Valclair" in said
    assert "p1  A pond for the park  (3 votes, 600)" in said
    assert "p2  Lamps; and benches  (3 votes, 500: costs more than the 400 left)" in said
    assert "Spent 1 000 of 1 000 EUR." in said
    assert "4 of 4 ballots have at least one of their projects funded." in said
    assert "Tie, settled by the tie rule: p1, p2." in said


def test_another_rule_may_be_asked_for(town: Path) -> None:
    assert json.loads(count(town, "--rule", "equalshares", "--json").stdout)["rule"] == "equalshares"


def test_a_lot_is_drawn_by_its_seed(town: Path) -> None:
    firsts = {json.loads(count(town, "--lot", seed, "--json").stdout)["funded"][0] for seed in range(12)}
    assert firsts == {"p1", "p2"}


def test_an_unknown_rule_is_wrong_use_and_names_the_nearest(town: Path) -> None:
    result = count(town, "--rule", "equalshare")
    assert result.exit_code == 2
    assert "Did you mean 'equalshares'?" in result.stderr


@pytest.mark.parametrize("rule", ["unknown", "greedy-custom", "by acclamation"])
def test_a_file_whose_rule_is_not_known_asks_for_one(town: Path, rule: str) -> None:
    town.write_text(VALCLAIR.replace("rule;greedy", f"rule;{rule}"), encoding="utf-8")
    result = count(town)
    assert result.exit_code == 2
    assert "greedy-no-skip" in result.stderr
    assert "--rule" in result.stderr


def test_a_broken_file_is_refused_with_all_its_faults_and_no_traceback(town: Path) -> None:
    town.write_text(VALCLAIR.replace("p1;600", "p1;-600").replace("v4;p3", "v4;p9"), encoding="utf-8")
    result = count(town)
    assert result.exit_code == 1
    assert "line 12: The cost of project 'p1' is negative" in result.stderr
    assert "line 20: The vote names project 'p9'" in result.stderr
    assert "Nothing was counted." in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pb", tmp_path):
        result = count(path)
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_an_oddity_is_a_warning_and_the_count_goes_on(town: Path) -> None:
    town.write_text(VALCLAIR.replace("p3;400;1", "p3;400;9"), encoding="utf-8")
    result = count(town, "--json")
    assert result.exit_code == 0
    assert "'votes' says 9, the ballots say 1" in result.stderr
