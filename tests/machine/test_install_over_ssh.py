"""`civic install --host` from a second machine, Debian 13: unknown key, sudo, a lost connection, certificates, firewall."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.long import only_when_long
from tests.machine import town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CLONE, CONFIG, HOSTNAME

pytestmark = pytest.mark.machine
AUTHORITY = """{
	skip_install_trust
	pki {
		ca local {
			root_cn Elsewhere
		}
	}
}
https://authority.test {
	tls internal
	acme_server
}
"""


@dataclass
class Operator:
    """The IT person's own machine with a clone, and the host that it reaches by SSH as the user ops."""

    desk: Host
    host: Host
    network: Network

    def words(self, *words: str) -> list[str]:
        """The command line of a verb for the host."""
        return [f"{CLONE}/deploy/civic", *words, "--host", f"ops@{self.host.address}"]

    def civic(self, *words: str, code: int = 0, yes: bool = True) -> dict[str, Any]:
        """Run a verb for the host and return its JSON object."""
        done = self.desk.run(*self.words(*words), "--json", *(("--yes",) if yes else ()), check=False)
        assert done.returncode == code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def config(self, **more: str) -> str:
        """A config file, written anew."""
        self.desk.write(CONFIG, town.config(self.network, **more), 0o600)
        return CONFIG


@pytest.fixture(scope="module")
def operator(make_host: MakeHost, network: Network) -> Iterator[Operator]:
    """Two machines: a desk, and a bare Debian 13 that lets its key in; the tests below follow each other."""
    with town.mail_server(network):
        desk, host = make_host("desk", "bookworm"), make_host("there", "trixie")
        town.bring_clone(desk)
        desk.run(f"{CLONE}/deploy/civic", "--version")
        desk.sh("mkdir -p -m 700 /root/.ssh; ssh-keygen -q -N '' -t ed25519 -f /root/.ssh/id_ed25519")
        host.sh("useradd --create-home --shell /bin/sh ops; mkdir -m 700 /home/ops/.ssh")
        host.write("/home/ops/.ssh/authorized_keys", desk.read("/root/.ssh/id_ed25519.pub"))
        host.sh("chown -R ops: /home/ops")
        yield Operator(desk, host, network)


def test_a_host_that_nobody_knows_yet_is_not_trusted_without_a_word(operator: Operator) -> None:
    refused = operator.civic("plan", "--config", operator.config(), code=2, yes=False)
    assert "agreement" in refused["failed"]
    assert not operator.desk.has("/root/.ssh/known_hosts")


def test_a_user_who_may_not_use_sudo_is_told_how(operator: Operator) -> None:
    refused = operator.civic("plan", "--config", operator.config(), code=3)
    assert refused["failed"].startswith("SUDO: ops")
    assert operator.host.address in operator.desk.read("/root/.ssh/known_hosts")
    operator.host.write("/etc/sudoers.d/ops", "ops ALL=(ALL) NOPASSWD: ALL\n", 0o440)


def test_a_lost_connection_does_not_stop_the_release_on_its_way(operator: Operator) -> None:
    running = operator.desk.start(*operator.words("install", "--config", operator.config()), "--yes")
    journals = operator.host.root / "var/lib/civic/ops/journal"
    deadline = time.monotonic() + 300
    while not (journals.is_dir() and any(journals.iterdir())):
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    operator.desk.run("pkill", "-KILL", "ssh", check=False)
    operator.host.sh(
        "systemctl kill --signal=KILL ssh.service; sleep 1; systemctl reset-failed ssh; systemctl restart ssh"
    )
    running.communicate()
    while "civic-go-live" in operator.host.sh("systemctl list-units --plain --no-legend --state=activating"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "live.json" in os.listdir(operator.host.root / "var/lib/civic/ops")


def test_the_next_run_ends_with_a_site_and_the_one_after_changes_nothing(operator: Operator) -> None:
    assert operator.civic("install", "--config", operator.config())["link"]
    assert operator.civic("install", "--config", operator.config())["changed"] == []


def test_the_firewall_lets_in_what_is_needed_and_nothing_else(operator: Operator) -> None:
    operator.host.sh("systemd-run --quiet --unit=other python3 -m http.server 8123")
    operator.host.sh("until ss -Htln | grep -q :8123; do sleep 0.1; done")
    assert _opens(operator.host.address, 8123)
    operator.civic("install", "--config", operator.config(firewall="yes"))
    assert not _opens(operator.host.address, 8123)
    assert _opens(operator.host.address, 443)
    assert 500 < _count_held(operator.host.address, 443) <= 512
    deadline = time.monotonic() + 30
    while not _opens(operator.host.address, 443):
        assert time.monotonic() < deadline, "who let go of its connections is let in again"
    assert operator.civic("install", "--config", operator.config(firewall="yes"))["changed"] == []
    operator.host.reboot()
    operator.host.run("nft", "list", "table", "inet", "civic")


@only_when_long
def test_a_firewall_no_longer_wanted_is_unloaded_and_stays_away(operator: Operator) -> None:
    operator.host.sh("systemd-run --quiet --unit=another python3 -m http.server 8123")
    operator.civic("install", "--config", operator.config())
    operator.host.sh("until ss -Htln | grep -q :8123; do sleep 0.1; done")
    assert _opens(operator.host.address, 8123)
    assert operator.civic("install", "--config", operator.config())["changed"] == []
    assert "civic" not in operator.host.sh("nft list tables")
    assert operator.host.sh("find /etc -name '*firewall*'") == ""


@only_when_long
def test_the_town_s_own_certificate_is_checked_then_used(operator: Operator) -> None:
    host = operator.host
    refused = operator.civic("install", "--config", operator.config(**_files()), code=3)
    assert refused["failed"].startswith("CERTIFICATE:")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", f"/CN={HOSTNAME}", "-addext",
         f"subjectAltName=DNS:{HOSTNAME}", "-keyout", host.root / "root/key.pem", "-out", host.root / "root/chain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    operator.civic("install", "--config", operator.config(**_files()))
    assert _issuer(operator) == HOSTNAME


def test_a_public_certificate_comes_when_the_name_leads_to_the_host_and_not_before(
    operator: Operator, make_host: MakeHost
) -> None:
    authority = make_host("authority", "bookworm")
    authority.sh("apt-get -qq update && apt-get -qq install -y --no-install-recommends caddy")
    authority.write("/etc/caddy/Caddyfile", AUTHORITY)
    authority.sh(
        "systemctl restart caddy; until ls /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt; do sleep 0.2; done"
    )
    root = authority.read("/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt")
    host = operator.host
    host.write("/etc/civic-authority.pem", root)
    host.sh(f"echo '{authority.address} authority.test' >> /etc/hosts")
    given = {
        "tls": "acme",
        "acme_ca": "https://authority.test/acme/local/directory",
        "acme_ca_root": "/etc/civic-authority.pem",
    }
    operator.civic("install", "--config", operator.config(**given))
    host.run("systemctl", "start", "civic-monitor.service")
    assert "does not lead here" in host.sh(
        "journalctl --output=cat --unit=civic-monitor --no-pager | tail -20"
    )
    assert "Caddy Local Authority" in _issuer(operator)
    for machine in (host, authority):
        machine.sh(f"echo '{host.address} {HOSTNAME}' >> /etc/hosts")
    authority.sh("systemctl restart caddy")
    host.run("systemctl", "start", "civic-monitor.service")
    assert "certificate: public" in host.sh(
        "journalctl --output=cat --unit=civic-monitor --no-pager | tail -20"
    )
    assert operator.civic("install", "--config", operator.config(**given))["changed"] == []


def test_uninstall_over_ssh(operator: Operator) -> None:
    operator.civic("uninstall", "--with-data", "--confirm", HOSTNAME)
    assert not operator.host.has("/opt/civic")
    assert not operator.host.has("/var/lib/civic")


def _files() -> dict[str, str]:
    return {"tls": "files", "tls_certificate": "/root/chain.pem", "tls_key": "/root/key.pem"}


def _opens(address: str, port: int) -> bool:
    probe = ["timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _count_held(address: str, port: int) -> int:
    """How many connections one address may hold at the same time; of many more that it tries."""
    with ExitStack() as held:
        for number in range(800):
            try:
                held.enter_context(socket.create_connection((address, port), timeout=5))
            except OSError:
                return number
    return 800


def _issuer(operator: Operator) -> str:
    words = ["openssl", "s_client", "-connect", f"{operator.host.address}:443", "-servername", HOSTNAME]
    shown = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout
    line = next(line for line in shown.splitlines() if line.startswith("issuer="))
    return line.rpartition("=")[2].strip()
