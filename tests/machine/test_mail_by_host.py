"""A host that delivers its mail by itself, Debian 12: signed for all to see, and what comes back closes the address (F4)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.machine import town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CLONE, CONFIG, HOSTNAME, civic

pytestmark = pytest.mark.machine
BACK = f"back.{HOSTNAME}"
READERS = "readers.example"
SETTINGS = {
    "smtp_host": "localhost", "smtp_port": "25", "mail_by_host": "yes", "mail_bounces": f"bounces@{BACK}",
}  # fmt: skip


@contextmanager
def name_server(network: Network, *records: str) -> Iterator[None]:
    """The hosts' name server: these records, and the outer machine's answers for all else."""
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("dnsmasq is not installed (apt install dnsmasq-base)")
    words = [
        "-d",
        "-h",
        "-C",
        "/dev/null",
        f"--listen-address={network.gateway}",
        "--bind-interfaces",
        "--local=/example/",
    ]
    server = subprocess.Popen([program, *words, *records], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        assert server.poll() is None
        yield
    finally:
        server.terminate()
        server.wait()


def as_options(records: list[str]) -> list[str]:
    """Records of a zone file as dnsmasq takes them."""
    options = []
    for one in records:
        name, _, kind, rest = one.replace(". ", " ").split(" ", 3)
        if kind == "MX":
            rank, server = rest.rstrip(".").split()
            options.append(f"--mx-host={name},{server},{rank}")
        else:
            texts = ",".join(re.findall(r'"([^"]*)"', rest))
            options.append(f"--txt-record={name},{texts}")
    return options


def wait_for(what: Callable[[], object], seconds: float = 90) -> object:
    """Its first answer that is not empty."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.5)
    return found


@pytest.fixture(scope="module")
def hosts(make_host: MakeHost, network: Network) -> Iterator[tuple[Host, Host]]:
    """The site's host, and one of its readers' that takes every letter and then finds that there is no such mailbox."""
    sender, reader = make_host("sender", "bookworm"), make_host("reader", "bookworm")
    for host in (sender, reader):
        host.inside("/etc/resolv.conf").unlink()
        host.write("/etc/resolv.conf", f"nameserver {network.gateway}\n")
    addresses = [f"--host-record={HOSTNAME},{sender.address}", f"--host-record=mx.{READERS},{reader.address}"]
    addresses.append(f"--mx-host={READERS},mx.{READERS},10")
    with name_server(network, *addresses):
        reader.sh("apt-get -q update; apt-get -q install -y --no-install-recommends postfix python3-dkim")
        reader.sh(
            f"postconf -e myhostname=mx.{READERS} mydestination={READERS} local_recipient_maps= inet_interfaces=all"
            " home_mailbox=Maildir/ mailbox_command= smtp_host_lookup=dns; useradd -m ana; systemctl restart postfix"
        )
        town.bring_clone(sender)
        sender.write(CONFIG, town.config(network, **SETTINGS))
        sender.sh(f"umask 077; {CLONE}/deploy/civic install --config {CONFIG} --yes")
    printed = civic(sender, "mail", "dns")["records"]
    with name_server(network, *addresses, *as_options(printed)):
        yield sender, reader


def ask_for_code(host: Host, address: str) -> None:
    """What somebody does on the site's page."""
    where = f"https://{HOSTNAME}/en/sign-in"
    host.sh(
        "python3 - <<'E'\nimport ssl, urllib.parse, urllib.request\n"
        f"data = urllib.parse.urlencode({{'email': '{address}'}}).encode()\n"
        f"urllib.request.urlopen('{where}', data, context=ssl._create_unverified_context())\nE"
    )


def rows(host: Host, statement: str) -> list[str]:
    """What the site's database says."""
    return host.sh(f'cd /; runuser -u postgres -- psql -qtAc "{statement}" civic').split()


def test_a_letter_arrives_signed_with_the_key_of_the_printed_record(hosts: tuple[Host, Host]) -> None:
    sender, reader = hosts
    ask_for_code(sender, f"ana@{READERS}")
    wait_for(lambda: reader.sh("ls /home/ana/Maildir/new 2>/dev/null || true").strip())
    said = reader.sh("cat /home/ana/Maildir/new/*")
    assert f"d={HOSTNAME}; s=civic;" in said
    assert "Return-Path: <bounces+" in said
    letter = said.partition("Delivered-To:")[2].partition("\n")[2]
    assert is_signed(reader, letter)
    assert not is_signed(reader, letter.replace("Valclair", "Elsewhere").replace("Mairie", "Somebody"))


def test_both_headers_of_one_click_unsubscription_are_signed(hosts: tuple[Host, Host]) -> None:
    """RFC 8058: a mail program believes them only then."""
    sender, reader = hosts
    headers = [
        f"From: civic@{HOSTNAME}",
        f"To: ana@{READERS}",
        "Subject: One click",
        f"Message-ID: <1@{HOSTNAME}>",
    ]
    headers += ["Date: Sun, 29 Nov 2026 12:00:00 +0000", "List-Unsubscribe: <https://x.example/>"]
    lines = [*headers, "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "", "News.", ""]
    sender.sh(
        f"python3 - <<'E'\nimport smtplib\nletter = {chr(10).join(lines)!r}\n"
        f"smtplib.SMTP('localhost').sendmail('civic@{HOSTNAME}', ['ana@{READERS}'], letter)\nE"
    )
    found = "grep -l 'Subject: One click' /home/ana/Maildir/new/* 2>/dev/null || true"
    path = str(wait_for(lambda: reader.sh(found).strip()))
    letter = reader.sh(f"cat {path}").partition("Delivered-To:")[2].partition("\n")[2]
    signed = "".join(re.findall(r"\bh=([^;]*)", letter)[0].split()).lower().split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(signed)
    assert is_signed(reader, letter)
    assert not is_signed(reader, letter.replace("=One-Click", "=Two-Click"))


def is_signed(host: Host, letter: str) -> bool:
    """What dkimpy says, which asks the name server for the key."""
    program = "import dkim, sys; sys.exit(not dkim.verify(sys.stdin.buffer.read()))"
    return host.run("python3", "-c", program, stdin=letter, check=False).returncode == 0


def test_a_mail_server_hands_over_what_comes_back_by_the_command_of_the_handbook(
    hosts: tuple[Host, Host],
) -> None:
    sender, reader = hosts
    handbook = (town.REPOSITORY / "docs/operating.md").read_text(encoding="utf-8")
    command = re.findall(r"^        (keys=.*\n(?:        .*\n)+)", handbook, re.MULTILINE)
    assert len(command) == 1
    sender.write("/usr/local/sbin/hand-over", command[0], 0o755)
    path = re.findall(r"Return-Path: <(.*)>", reader.sh("cat /home/ana/Maildir/new/*"))[0]
    for recipient, taken in ((path, "no report"), (path.replace("+", "+1"), "not ours")):
        said = sender.run(
            "sh", "/usr/local/sbin/hand-over", recipient, stdin="Subject: Away\n\nUntil Monday.\n"
        )
        assert json.loads(said.stdout) == {"taken": taken}


def test_a_second_run_changes_nothing(hosts: tuple[Host, Host]) -> None:
    assert civic(hosts[0], "install", "--config", CONFIG)["changed"] == []


def test_a_letter_that_comes_back_closes_its_address(hosts: tuple[Host, Host]) -> None:
    sender, _ = hosts
    ask_for_code(sender, f"gone@{READERS}")
    wait_for(lambda: rows(sender, "SELECT reason FROM suppressions"))
    assert rows(sender, "SELECT reason FROM suppressions") == ["hard"]
    assert rows(sender, f"SELECT outcome FROM outbox_messages WHERE recipient = 'gone@{READERS}'") == [
        "bounced"
    ]
    assert sender.sh("ls /var/lib/civic/bounces/new").split() == []


def test_the_doctor_s_letter_comes_back_to_the_site(hosts: tuple[Host, Host]) -> None:
    sender, _ = hosts
    said = sender.run(f"{CLONE}/deploy/civic", "mail", "doctor", "--json", "--yes", check=False)
    answer = json.loads(said.stdout.strip().splitlines()[-1])
    assert ["Back", f"bounces@{BACK}"] in answer["steps"], answer
    assert not {one["code"] for one in answer["findings"]} & {"M113", "M114"}


def test_the_host_takes_mail_for_nobody_else_and_relays_for_nobody(hosts: tuple[Host, Host]) -> None:
    sender, reader = hosts
    there = (f"x@{READERS}", f"x@{BACK}", f"root@{HOSTNAME}", "root@localhost", f"bounces+1@{BACK}")
    script = (
        "python3 - <<'E'\nimport smtplib\n"
        f"with smtplib.SMTP('{HOSTNAME}', 25) as s:\n"
        "    s.ehlo(); s.mail('eve@elsewhere.example')\n"
        f"    print([s.rcpt(one)[0] for one in {there}])\nE"
    )
    assert reader.sh(script).strip() == "[554, 550, 554, 554, 250]"
    alias = '/usr/sbin/postmap -q postmaster "$(/usr/sbin/postconf -hx virtual_alias_maps)"'
    assert sender.sh(alias).strip() == f"bounces@{BACK}", "whatever is taken stays, and bounces to nobody"
    assert sender.has("/etc/civic/dkim/civic.private")
