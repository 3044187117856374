"""`civic install` on the machine itself, Debian 12: refused, planned, killed, finished, repeated, rebooted, taken away."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.long import only_when_long, some
from tests.machine import town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CLONE, CONFIG, HOSTNAME, civic

pytestmark = pytest.mark.machine
UNITS = ("civic-worker.service", "caddy.service", "postgresql.service", "civic-monitor.timer")
PLACES = ("/etc", "/opt", "/usr", "/var/lib", "/home")


@pytest.fixture(scope="module")
def host(make_host: MakeHost, network: Network) -> Iterator[Host]:
    """A bare Debian 12 with a clone and a config file; the tests below follow each other on it."""
    with town.mail_server(network):
        made = make_host("here", "bookworm")
        town.bring_clone(made)
        made.write(CONFIG, town.config(network))
        made.run(f"{CLONE}/deploy/civic", "--version")
        yield made


def test_wrong_settings_are_refused_all_at_once_and_nothing_is_changed(host: Host, network: Network) -> None:
    host.write(
        "/root/wrong.env", town.config(network, tls="maybe", smtp_port="0", hostname="", smpt_user="ana")
    )
    before = town.census(host, *PLACES)
    said = civic(host, "install", "--config", "/root/wrong.env", code=3)["failed"]
    assert [word in said for word in ("CIVIC_TLS ", "CIVIC_SMTP_PORT ", "CIVIC_HOSTNAME is missing")] == [
        True
    ] * 3
    assert "CIVIC_SMPT_USER is not a setting; did you mean CIVIC_SMTP_USER?" in said
    assert town.census(host, *PLACES) == before


def test_preflight_names_everything_that_stands_in_the_way_at_once(host: Host, network: Network) -> None:
    host.write("/root/unfit.env", town.config(network, smtp_port="2526"))
    resolver = host.read("/etc/resolv.conf")
    before = town.census(host, *PLACES)
    try:
        host.sh("systemd-run --quiet --unit=other-web python3 -m http.server 80")
        host.sh("sed 's/^MemTotal.*/MemTotal: 400000 kB/' /proc/meminfo > /run/meminfo")
        host.sh("mount --bind /run/meminfo /proc/meminfo; mount -t tmpfs -o size=64M small /opt")
        host.write("/etc/resolv.conf", f"nameserver {network.gateway}\noptions timeout:1 attempts:1\n")
        refused = civic(host, "install", "--config", "/root/unfit.env", code=3)
    finally:
        host.sh("umount /proc/meminfo; umount /opt; systemctl stop other-web", check=False)
        host.write("/etc/resolv.conf", resolver)
    codes = {line.partition(":")[0] for line in refused["failed"].splitlines()}
    assert codes == {"PORT_80", "MEMORY", "DISK", "DNS", "SMTP"}
    assert "systemctl disable --now other-web.service" in refused["next"]
    assert refused["standing"] == "Nothing was changed."
    assert town.census(host, *PLACES) == before


def test_the_plan_of_a_virgin_host_changes_nothing(host: Host) -> None:
    before = town.census(host, *PLACES)
    plan = civic(host, "plan", "--config", CONFIG)
    assert plan["who_notices"].startswith("nobody")
    what = {change["what"] for change in plan["changes"]}
    assert {
        "/etc/civic/civic.env",
        "/etc/civic/Caddyfile",
        "packages",
        "PostgreSQL",
        "the live release",
    } <= what
    assert town.census(host, *PLACES) == before


@pytest.mark.parametrize(
    "moment",
    some(
        ["Install the packages", "Bring the release live"], ["Lay down the release", "Wait until the release"]
    ),
)
def test_the_installer_is_killed(host: Host, moment: str) -> None:
    host.sh("rm -f /var/log/civic/install-*")  # an earlier run's log has the task too
    running = host.start(
        "sh", "-c", f"umask 077; exec {CLONE}/deploy/civic install --config {CONFIG} --yes", LC_ALL="tlh_QO"
    )
    deadline = time.monotonic() + 180
    while f'"task": "{moment}' not in host.sh(
        "cat $(ls -t /var/log/civic/install-* | head -1) 2>/dev/null || true"
    ):
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()[0]
        time.sleep(0.2)
    time.sleep(0.7)
    os.killpg(running.pid, signal.SIGKILL)
    host.run("pkill", "-KILL", "-f", "ansible", check=False)
    running.communicate()


def test_the_next_run_goes_on_and_ends_with_a_site_and_the_administrators_link(host: Host) -> None:
    done = host.run(
        "sh",
        "-c",
        f"umask 077; exec {CLONE}/deploy/civic install --config {CONFIG} --yes --json",
        LC_ALL="tlh_QO",
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = json.loads(done.stdout)
    assert said["link"].startswith(f"https://{HOSTNAME}/fr/")
    assert {check["name"] for check in said["verified"]["checks"]} >= {"database", "schema", "templates"}


def test_a_second_run_changes_nothing_and_draws_no_second_link(host: Host) -> None:
    said = civic(host, "install", "--config", CONFIG)
    assert said["changed"] == []
    assert "link" not in said
    assert civic(host, "plan", "--config", CONFIG)["changes"] == []


def test_the_hosts_own_civic_needs_no_clone_and_no_config(host: Host) -> None:
    done = host.run("civic", "install", "--json", "--yes")
    assert json.loads(done.stdout)["changed"] == []
    assert json.loads(host.run("civic", "verify", "--json").stdout)["ok"] is True


def test_status_doctor_and_logs_tell_how_the_site_is_and_what_was_stopped(host: Host) -> None:
    names = host.read("/etc/hosts")
    host.write("/etc/hosts", f"{names}127.0.0.1 {HOSTNAME}\n")
    try:
        well = json.loads(host.run("civic", "status", "--json").stdout)
        assert (well["answer"][0], well["address"]) == (200, f"https://{HOSTNAME}")
        assert well["app"]["invariants"]
        assert json.loads(host.run("civic", "doctor", "--json").stdout)["ok"]
        host.sh("systemctl stop civic-worker.service")
        ill = host.run("civic", "doctor", "--json", check=False)
        host.sh("systemctl start civic-worker.service")
    finally:
        host.write("/etc/hosts", names)
    found = {(one["code"], one["remedy"]) for one in json.loads(ill.stdout)["findings"]}
    assert (ill.returncode, ("C101", "systemctl restart civic-worker.service") in found) == (1, True), found
    assert "civic-worker" in host.run("civic", "logs", "worker").stdout
    assert (
        host.run("civic", "admin", "add", "anne@example.org", "--role", "officer").stdout.count("https://")
        == 1
    )


def test_files_are_closed_to_others_whatever_the_umask_was(host: Host) -> None:
    facts = town.census(
        host, "/etc/civic", "/opt/civic/releases", "/run/civic", "/var/backups/civic", "/var/lib/civic"
    )
    assert facts["/etc/civic/civic.env"].startswith("f root:civic 640")
    assert facts["/etc/civic/credentials"].startswith("d root:root 700")
    assert facts["/etc/civic/credentials/CIVIC_SECRET_KEY"].startswith("f root:root 600")
    assert facts["/var/backups/civic"].startswith("d root:root 700")
    assert facts["/run/civic"].startswith("d civic:civic 750")
    release = [path for path in facts if path.endswith("/MANIFEST.json")][0].removesuffix("/MANIFEST.json")
    closed = [
        path
        for path, fact in facts.items()
        if path.startswith(release) and fact[0] in "fd" and "root:root" not in fact
    ]
    assert not closed
    host.run("runuser", "-u", "civic", "--", f"{release}/venv/bin/python", "-c", "import app.factory")
    host.run(
        "runuser",
        "-u",
        "nobody",
        "--",
        "sh",
        "-c",
        "! cat /etc/civic/civic.env && ! ls /run/civic",
        check=True,
    )


def test_units_are_shut_in(host: Host) -> None:
    exposure = {}
    for unit in (*ours(host), "civic-monitor.service", "caddy.service", "postgresql@15-main.service"):
        said = host.sh(f"systemd-analyze security --no-pager {unit} | tail -1")
        exposure[unit] = float(said.split(":")[1].split()[0])
    for unit, points in exposure.items():
        assert points <= (1.5 if unit.startswith("civic") else 4.0), exposure


def test_a_changed_setting_is_planned_then_applied(host: Host, network: Network) -> None:
    host.write(CONFIG, town.config(network, site_name="Ville d'Aix"))
    plan = civic(host, "plan", "--config", CONFIG)
    assert {change["what"] for change in plan["changes"]} >= {"/etc/civic/civic.env", "the live release"}
    assert plan["restarts"] == ["restart the site"]
    assert "residents wait" in plan["who_notices"]
    assert civic(host, "install", "--config", CONFIG)["changed"]
    page = host.sh(fetch("/fr/"))
    assert "Ville d&#39;Aix" in page


def test_everything_comes_back_after_a_reboot(host: Host) -> None:
    host.reboot()
    deadline = time.monotonic() + 60
    while (asked := host.run("civic", "verify", "--json", check=False)).returncode:
        assert time.monotonic() < deadline, asked.stdout
        time.sleep(1)
    for unit in (*ours(host), *UNITS):
        assert host.sh(f"systemctl is-active {unit}").strip() == "active"
    assert host.sh("systemctl --failed --no-legend").strip() == ""
    assert civic(host, "install", "--config", CONFIG)["changed"] == []


def test_uninstall_leaves_the_data_and_no_other_trace(host: Host) -> None:
    civic(host, "uninstall")
    left = {path for path in town.census(host, "/etc", "/opt", "/usr", "/var/lib", "/run") if "civic" in path}
    data = ("/var/lib/civic", "/etc/civic/credentials", "/etc/civic/civic.env", "/srv")
    assert {path for path in left if not path.startswith(data) and path != "/etc/civic"} == set()
    assert host.sh("systemctl list-units --all --plain --no-legend 'civic*' || true").strip() == ""
    assert (
        host.sh(
            "runuser -u postgres -- psql -tAc \"SELECT 1 FROM pg_database WHERE datname = 'civic'\" postgres"
        ).strip()
        == "1"
    )


@only_when_long
def test_the_data_is_used_again_and_goes_when_told(host: Host) -> None:
    said = civic(host, "install", "--config", CONFIG)
    assert "link" not in said
    civic(host, "uninstall", "--with-data", code=2)
    done = host.run(
        f"{CLONE}/deploy/civic",
        "uninstall",
        "--with-data",
        "--confirm",
        HOSTNAME,
        "--json",
        "--yes",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    left = {path for path in town.census(host, "/etc", "/opt", "/usr", "/var", "/run") if "civic" in path}
    assert {path for path in left if not path.startswith("/var/log/civic")} == set()
    assert "civic" not in host.read("/etc/passwd")


def ours(host: Host) -> list[str]:
    """The unit of the release that serves, and the worker."""
    name = os.path.basename(os.readlink(host.root / "opt/civic/current"))
    return [f"civic-web@{name}.service", "civic-worker.service"]


def fetch(page: str) -> str:
    """A script that prints a page as a resident's browser gets it."""
    return f"""python3 - <<'PAGE'
import http.client, socket, ssl
context = ssl.create_default_context(cafile="/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt")
link = http.client.HTTPSConnection("127.0.0.1", context=context)
link.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", 443)), server_hostname="{HOSTNAME}")
link.request("GET", "{page}", headers={{"Host": "{HOSTNAME}"}})
print(link.getresponse().read().decode())
PAGE"""
