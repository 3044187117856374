"""The hosts themselves: if these fail, no other test of this folder says anything about civic."""

from __future__ import annotations

import pytest

from tests.machine.fixtures import MakeHost
from tests.machine.network import Network

pytestmark = pytest.mark.machine


def test_hosts_boot_with_systemd_and_see_each_other_and_lose_the_archives_with_the_way_out(
    make_host: MakeHost, network: Network
) -> None:
    twelve, thirteen = make_host("h-twelve", "bookworm"), make_host("h-thirteen", "trixie")
    assert [host.sh(". /etc/os-release; echo $VERSION_ID").strip() for host in (twelve, thirteen)] == [
        "12",
        "13",
    ]
    tried = twelve.sh(
        f"ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new {thirteen.address} true 2>&1 || true"
    )
    assert "Permission denied" in tried
    twelve.sh("apt-get update -qq && apt-get install -y --no-install-recommends -qq python3-venv")
    assert "Successfully downloaded" in twelve.sh(
        "python3 -m venv /v && /v/bin/pip download -q --no-deps ansible-core==2.19.* && echo Successfully downloaded"
    )
    network.close_way_out()
    try:
        archive = twelve.sh("apt-get indextargets --format '$(SITE)'").split("/")[2]
        asked = twelve.run("timeout", "3", "getent", "hosts", archive, check=False)
    finally:
        network.open_way_out()
    assert asked.returncode != 0, asked.stdout


def test_a_small_disk_is_small_and_a_host_comes_back_after_a_reboot(make_host: MakeHost) -> None:
    host = make_host("h-small", "bookworm", disk_mb=300)
    free_kb = int(host.sh("df --output=avail -k / | tail -1"))
    assert free_kb < 300 * 1024
    host.sh("echo kept > /root/witness")
    host.reboot()
    assert host.sh("cat /root/witness").strip() == "kept"
