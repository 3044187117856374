"""What is installed is what is declared: both lock files fit pyproject.toml, and each other."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.guards.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {
    "deploy/requirements.lock": [*PROJECT["dependencies"], *EXTRAS["operator"]],
    "tests/requirements.lock": [*PROJECT["dependencies"], *EXTRAS["operator"], *EXTRAS["dev"]],
}


def pinned(path: str) -> dict[str, str]:
    """Names and versions in a lock file."""
    return {
        canonicalize_name(found): version
        for found, version in PINNED.findall((ROOT / path).read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("path", LOCKS)
def test_every_declared_dependency_is_locked_in_a_version_that_fits(path: str) -> None:
    locked = pinned(path)
    wanted = [Requirement(text) for text in LOCKS[path]]
    unfit = [
        str(one) for one in wanted
        if not one.specifier.contains(locked.get(canonicalize_name(one.name), "0"), prereleases=True)
    ]  # fmt: skip
    assert not unfit, "run: deploy/lock"


@pytest.mark.parametrize("path", LOCKS)
def test_every_locked_file_has_its_hash_and_no_index_is_named(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(re.split(r"^[A-Za-z0-9._-]+==", text, flags=re.MULTILINE)[1:]) == len(PINNED.findall(text))
    assert all(
        "--hash=sha256:" in part for part in re.split(r"^[A-Za-z0-9._-]+==", text, flags=re.MULTILINE)[1:]
    )
    assert "http" not in text
    assert "index" not in text


def test_tests_run_on_the_very_versions_that_are_installed() -> None:
    deployed, tested = pinned("deploy/requirements.lock"), pinned("tests/requirements.lock")
    assert {name: tested.get(name) for name in deployed} == deployed
