"""Installing takes little longer than its packages: against apt and pip of the very same packages, on a host of the same kind."""

from __future__ import annotations

import json
import time

import pytest

from tests.long import only_when_long
from tests.machine import town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CLONE, CONFIG

pytestmark = [pytest.mark.bench, pytest.mark.machine]
PACKAGES = "python3-venv ca-certificates caddy postgresql restic age"


@only_when_long
def test_an_install_takes_at_most_one_and_a_half_times_its_packages(
    make_host: MakeHost,
    network: Network,
) -> None:
    floor = measure_packages(make_host("floor", "bookworm"))
    with town.mail_server(network):
        desk, bare = make_host("desk", "bookworm"), make_host("bare", "bookworm")
        town.bring_clone(desk)
        desk.write(CONFIG, town.config(network))
        desk.run(f"{CLONE}/deploy/civic", "--version")
        desk.sh("mkdir -p -m 700 /root/.ssh; ssh-keygen -q -N '' -t ed25519 -f /root/.ssh/id_ed25519")
        bare.sh("mkdir -p -m 700 /root/.ssh")
        bare.write("/root/.ssh/authorized_keys", desk.read("/root/.ssh/id_ed25519.pub"), 0o600)
        first, changed = measure_install(desk, bare)
        second, changed_again = measure_install(desk, bare)
    print(f"packages {floor:.1f} s, install {first:.1f} s ({first / floor:.2f} times), again {second:.1f} s")
    assert changed
    assert changed_again == []
    assert first <= 1.5 * floor, f"install {first:.1f} s, packages {floor:.1f} s"


def measure_packages(host: Host) -> float:
    """Seconds that apt and pip take on a bare host for what an install brings."""
    host.write(
        "/root/requirements.lock", (town.REPOSITORY / "deploy/requirements.lock").read_text(encoding="utf-8")
    )
    begun = time.monotonic()
    host.sh(f"apt-get -qq update && apt-get -qq install -y --no-install-recommends {PACKAGES}")
    host.sh("python3 -m venv /root/venv")
    pip = "/root/venv/bin/python -m pip install --quiet --no-cache-dir --only-binary :all: --require-hashes"
    host.sh(f"{pip} -r /root/requirements.lock")
    return time.monotonic() - begun


def measure_install(desk: Host, host: Host) -> tuple[float, list[str]]:
    """Seconds of one `civic install` over SSH, and the tasks that changed something."""
    begun = time.monotonic()
    done = desk.run(
        f"{CLONE}/deploy/civic",
        "install",
        "--config",
        CONFIG,
        "--host",
        f"root@{host.address}",
        "--yes",
        "--json",
    )
    return time.monotonic() - begun, list(json.loads(done.stdout)["changed"])
