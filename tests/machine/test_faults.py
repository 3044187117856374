"""An upgrade killed after any step, failed, left half-way, rebooted: the old release or the new one, and the same data (F13)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from cli.lifecycle.failpoint import KINDS
from tests.long import only_when_long, some
from tests.machine import town
from tests.machine.faults import GO_LIVE, UPGRADE, Scene, fail_at
from tests.machine.fixtures import MakeHost
from tests.machine.network import Network

pytestmark = pytest.mark.machine
COMMITTED = ("settle", "rest", "contract", "forget", "record")
TRIED_ALWAYS = ("switch",)
STEPS = ("snapshot", "rehearse", "converge", "migrate", "start", "gate", "switch", *COMMITTED)
OTHERS = tuple(
    zip(("rehearse", "migrate", "switch", "settle"), (one for one in KINDS if one != "kill"), strict=True)
)


@pytest.fixture(scope="module")
def scene(make_host: MakeHost, network: Network) -> Iterator[Scene]:
    """A Debian 12 with two releases, the older one live."""
    with town.mail_server(network):
        host = make_host("faults", "bookworm", disk_mb=8_000)
        host.write(town.CONFIG, town.config(network))
        yield Scene(host).set_up()


def test_the_steps_are_these(scene: Scene) -> None:
    assert UPGRADE.steps_done(scene) == list(STEPS), "those of the upgrade that made the scene"


@pytest.mark.parametrize("step", some(TRIED_ALWAYS, (one for one in STEPS if one not in TRIED_ALWAYS)))
def test_an_upgrade_killed_after_a_step_is_undone_or_gone_on_with(scene: Scene, step: str) -> None:
    became = fail_at(scene, UPGRADE, f"{step}.after", "kill")
    assert became == ("gone on with" if step in COMMITTED else "undone")


@pytest.mark.parametrize(("step", "kind"), some([], OTHERS))
def test_an_upgrade_that_fails_otherwise_is_undone_or_gone_on_with(
    scene: Scene, step: str, kind: str
) -> None:
    became = fail_at(scene, UPGRADE, f"{step}.before", kind)
    assert became == ("gone on with" if step in COMMITTED else "undone")


@pytest.mark.parametrize("step", some([], ["start", "switch", "settle"]))
def test_a_release_that_is_brought_live_and_killed_is_undone_or_gone_on_with(scene: Scene, step: str) -> None:
    became = fail_at(scene, GO_LIVE, f"{step}.after", "kill")
    assert became == ("gone on with" if step == "settle" else "undone")


def test_a_disk_that_is_too_full_is_refused_before_anything(scene: Scene) -> None:
    scene.go_back()
    free = scene.host.sh("df --output=avail -B1M / | tail -1").strip()
    scene.host.run("fallocate", "-l", f"{int(free) - 300}M", "/var/filling")
    try:
        refused = scene.host.run(*UPGRADE.words_for(scene), "--yes", "--json", check=False)
    finally:
        scene.host.run("rm", "/var/filling")
    assert (refused.returncode, json.loads(refused.stdout)["failed"].partition(":")[0]) == (3, "DISK")
    assert scene.check() == scene.older


def cut_short(scene: Scene, point: str) -> None:
    """A kill that nothing looks after."""
    scene.go_back()
    scene.host.write("/run/civic-failpoint", f"upgrade.{point} kill")
    words = UPGRADE.words_for(scene)
    scene.host.run("systemd-run", "--quiet", "--collect", "--wait", *words, "--yes", check=False)
    assert scene.unfinished() == ["upgrade"]


def test_a_person_undoes_it(scene: Scene) -> None:
    cut_short(scene, "start.after")
    done = json.loads(scene.host.run("civic", "abort", "--json", "--yes").stdout)
    assert "put right" in done["recovered"][0]
    assert (scene.unfinished(), scene.check()) == ([], scene.older)


@only_when_long
def test_a_person_goes_on_with_it(scene: Scene) -> None:
    cut_short(scene, "start.after")
    scene.host.run("civic", "resume", "--json", "--yes")
    assert (scene.unfinished(), scene.check()) == ([], scene.newer)


@pytest.mark.parametrize("step", some(["settle"], ["start"]))
@pytest.mark.parametrize("end", some(["lose_power"], ["reboot"]))
def test_a_reboot_or_a_power_cut_in_the_middle_is_put_right(scene: Scene, step: str, end: str) -> None:  # F25
    cut_short(scene, f"{step}.after")
    getattr(scene.host, end)()
    ends = time.monotonic() + 300
    while scene.unfinished():
        assert time.monotonic() < ends
        time.sleep(1)
    assert scene.check() == (scene.newer if step == "settle" else scene.older)
    assert scene.host.sh("systemctl --failed --no-legend").strip() == ""
