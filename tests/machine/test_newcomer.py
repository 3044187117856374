"""A newcomer with a clone and a bare Debian gets a site with one command, or is told the exact command that is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.long import some
from tests.machine import outer
from tests.machine.bare import CLONE, Bare

pytestmark = pytest.mark.machine
STATE = "/home/ann/.local/state/civic"
EACH = pytest.mark.parametrize("bare", some(["bookworm"], ["trixie"]), indirect=True)
"""What Debian's Python, pip and packages decide. The rest is the launcher's own and the same everywhere: once is enough."""
OLDER = pytest.mark.parametrize("bare", ["bookworm"], indirect=True)


@pytest.fixture(scope="module")
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    """One bare Debian for the tests of this module, which follow each other as a newcomer's tries would."""
    reason = outer.lacking()
    if reason:
        pytest.skip(reason)
    found = Bare(request.param, Path(tmp_path_factory.mktemp(request.param)))
    yield found
    found.destroy()


@EACH
def test_a_user_without_python_is_told_what_to_type_and_nothing_is_made(bare: Bare) -> None:
    refused = bare.sh("./deploy/civic install --trial", user="ann", check=False)
    assert refused.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in refused.stderr
    assert "su -c 'apt-get install python3 python3-venv'" in refused.stderr
    assert "Nothing was changed" in refused.stderr
    assert not list((bare.root / CLONE.lstrip("/")).glob(".civic/operator*"))


@EACH
def test_root_gets_what_is_missing_with_apt_whatever_the_umask_and_the_locale(bare: Bare) -> None:
    bare.clone("/srv/civic", owner="0:0")
    said = bare.sh("umask 077; ./deploy/civic --version", cwd="/srv/civic", LC_ALL="tr_TR.UTF-8")
    assert said.stdout.startswith("civic, version")
    assert "Installing python3 python3-venv" in said.stderr


@OLDER
def test_a_user_without_the_venv_module_is_told_the_package(bare: Bare) -> None:
    ensurepip = bare.sh("python3 -c 'import ensurepip; print(ensurepip.__path__[0])'").stdout.strip()
    bare.sh(f"mv {ensurepip} /tmp/ensurepip")
    refused = bare.sh("./deploy/civic install --trial", user="ann", check=False)
    bare.sh(f"mv /tmp/ensurepip {ensurepip}")
    assert refused.returncode == 1
    assert "su -c 'apt-get install python3-venv'" in refused.stderr


@OLDER
def test_an_interrupted_preparation_is_begun_again(bare: Bare) -> None:
    stopped = bare.sh("timeout 6 ./deploy/civic --version", user="ann", check=False)
    assert stopped.returncode == 124
    assert bare.sh("ls -d .civic/operator-*", user="ann").stdout
    assert bare.sh("ls .civic/operator-*/.ready", user="ann", check=False).returncode != 0


@OLDER
def test_two_launches_at_once_make_one_environment(bare: Bare) -> None:
    both = bare.sh("./deploy/civic --version & ./deploy/civic --version; wait", user="ann", LC_ALL="C")
    assert both.stdout.count("civic, version") == 2
    assert "being prepared by another civic" in both.stderr
    assert both.stderr.count("packages (2/2)") == 1


@OLDER
def test_the_launcher_is_quick_when_nothing_is_to_do(bare: Bare) -> None:
    script = (
        "begun=$(date +%s%N); sh -c '. deploy/environment.sh; root=$PWD; environment deploy/requirements.lock operator';"
        " echo $((($(date +%s%N) - begun) / 1000000))"
    )
    assert min(int(bare.sh(script, user="ann").stdout) for _ in range(5)) < 150


@OLDER
def test_a_folder_of_the_same_name_as_a_library_does_not_shadow_it(bare: Bare) -> None:
    bare.sh("mkdir -p /tmp/odd/click /tmp/odd/cli && echo 1/0 >/tmp/odd/click/__init__.py", user="ann")
    said = bare.sh(f"'{CLONE}/deploy/civic' --version", user="ann", cwd="/tmp/odd")
    assert said.stdout.startswith("civic, version")


@EACH
def test_a_trial_site_runs_and_outlives_its_shell_as_a_user_and_as_root(bare: Bare) -> None:
    for user in ("ann", "root"):
        card = json.loads(
            bare.sh("./deploy/civic install --trial --json --port 8300", user=user, LC_ALL="C").stdout
        )
        assert json.loads(bare.sh("./deploy/civic status --trial --json", user=user).stdout)["ok"]
        again = json.loads(bare.sh("./deploy/civic install --trial --json", user=user).stdout)
        assert again["address"] == card["address"]
    bare.sh("./deploy/civic uninstall --trial --yes")
    assert not bare.sh("find /root/.local/state/civic -type f").stdout


@OLDER
def test_a_killed_trial_site_is_seen_and_started_again(bare: Bare) -> None:
    status = json.loads(bare.sh("./deploy/civic status --trial --json", user="ann").stdout)
    bare.sh(f"kill -9 {status['parts']['web']}")
    seen = bare.sh("./deploy/civic status --trial --json", user="ann", check=False)
    assert (seen.returncode, json.loads(seen.stdout)["parts"]["web"]) == (1, None)
    assert (
        json.loads(bare.sh("./deploy/civic start --trial --json", user="ann").stdout)["address"]
        == status["address"]
    )


@EACH
def test_nothing_is_left_of_an_uninstalled_trial_site(bare: Bare) -> None:
    bare.sh("./deploy/civic uninstall --trial --yes", user="ann")
    assert not bare.sh(f"find {STATE} -type f", user="ann").stdout
    assert not bare.sh("grep -lE '[g]unicorn|[a]pp.worker' /proc/[0-9]*/cmdline", check=False).stdout


@OLDER
def test_a_clone_that_cannot_be_written_keeps_its_environment_in_the_cache(bare: Bare) -> None:
    bare.clone("/opt/clone", owner="0:0")
    bare.sh("./deploy/civic --version", user="ann", cwd="/opt/clone")
    assert bare.sh("ls -d ~/.cache/civic/operator-*", user="ann").stdout
    assert not bare.sh("ls -d /opt/clone/.civic", check=False).stdout


@OLDER
def test_the_tests_run_from_a_clone_as_a_user_with_what_is_there(bare: Bare) -> None:
    ran = bare.sh("./tests/run tests/web/test_core.py", user="ann")
    assert " passed" in ran.stdout
    assert "PostgreSQL's server programs are not installed" in ran.stdout


@OLDER
def test_the_tests_run_from_a_clone_as_root_who_gets_what_is_missing(bare: Bare) -> None:
    ran = bare.sh("umask 077; ./tests/run tests/web/test_core.py", cwd="/srv/civic")
    assert "Installing git postgresql chromium shellcheck" in ran.stderr
    assert " passed" in ran.stdout
    assert "skipped" not in ran.stdout.splitlines()[-1]
