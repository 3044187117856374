"""`civic mail doctor` and `civic mail test` before real servers: each thing that can block a letter is named with its remedy."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.care.mail import DEFAULTS, trial_letter
from cli.commands import mail as verb
from cli.doctor.finding import Finding
from cli.mail import records
from cli.mail.dns import Dns, Silent
from cli.mail.road import Blocked, Walk
from tests.cli.conftest import GOOD
from tests.guards.files import ROOT
from tests.web.secure_sink import make_certificate, start_secure
from tests.web.smtp_sink import Sink, start_sink

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
LIVE = {"CIVIC_SMTP_USER": "town", "CIVIC_SMTP_PASSWORD": "secret word", "CIVIC_SMTP_HOST": "localhost"}


def walk_to(port: int, **more: str) -> Walk:
    """A walk to a server on this machine."""
    where = {"CIVIC_SMTP_HOST": "127.0.0.1", "CIVIC_SMTP_PORT": str(port), "CIVIC_SMTP_SECURITY": "none"}
    return Walk({**DEFAULTS, **GOOD, **where, **more}, seconds=2)


def blocked(walk: Walk, letter: bytes | None = None) -> Finding:
    """What blocks it."""
    with pytest.raises(Blocked) as found:
        walk.go("it@example.org", letter)
    return found.value.finding


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    found, controller = start_sink()
    yield found, controller.port
    controller.stop()


@pytest.fixture(params=["starttls", "tls"])
def secure(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Sink, Walk, Path]]:
    """A server that wants TLS and a password, a walk to it, and its certificate, which is trusted."""
    certificate = make_certificate(tmp_path)
    found, controller = start_secure(certificate, implicit=request.param == "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    yield found, walk_to(controller.port, **LIVE, CIVIC_SMTP_SECURITY=request.param), certificate[0]
    controller.stop()


@contextmanager
def speaking(*words: bytes) -> Iterator[int]:
    """A server that says these words one after the other, then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                kept.append(line)
                try:
                    for word in words:
                        line.sendall(word)
                        line.recv(1000)
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        for line in kept:
            line.close()


def test_a_letter_goes_all_the_way(sink: tuple[Sink, int]) -> None:
    walk = walk_to(sink[1])
    walk.go("me@example.org", trial_letter(walk.known, walk.sender, "me@example.org"))
    ((to, letter),) = sink[0].received
    assert (to, letter["To"], letter["Auto-Submitted"]) == (
        "me@example.org",
        "me@example.org",
        "auto-generated",
    )
    assert [step for step, _ in walk.steps] == ["Name", "Connection", "Protection", "Recipient", "Letter"]


def test_looking_sends_nothing(sink: tuple[Sink, int]) -> None:
    walk_to(sink[1]).go("it@example.org")
    assert (sink[0].tried["it@example.org"], sink[0].received) == (1, [])


def test_over_tls_with_a_password(secure: tuple[Sink, Walk, Path]) -> None:
    secure[1].go("it@example.org")
    assert [step for step, _ in secure[1].steps][2:] == ["Protection", "Signed in", "Recipient"]
    assert secure[1].steps[2][1].startswith("TLS")


def test_a_wrong_password(secure: tuple[Sink, Walk, Path]) -> None:
    walk = Walk({**secure[1].known, "CIVIC_SMTP_PASSWORD": "not it"}, 2)
    found = blocked(walk)
    assert (found.code, "535" in found.cause, "not it" in str(found)) == ("M108", True, False)


def test_a_certificate_that_nobody_trusts_or_of_another_name(
    secure: tuple[Sink, Walk, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Walk({**secure[1].known, "CIVIC_SMTP_HOST": "127.0.0.1"}, 2)
    found = blocked(other)
    assert (found.code, "not valid for '127.0.0.1'" in found.cause) == ("M105", True)
    monkeypatch.delenv("SSL_CERT_FILE")
    found = blocked(secure[1])
    assert (found.code, "self-signed" in found.cause) == ("M105", True)


def test_the_wrong_kind_of_protection(sink: tuple[Sink, int]) -> None:
    assert blocked(walk_to(sink[1], CIVIC_SMTP_SECURITY="starttls")).code == "M104"
    assert blocked(walk_to(sink[1], CIVIC_SMTP_SECURITY="tls")).code == "M106"
    assert blocked(walk_to(sink[1], CIVIC_SMTP_USER="town", CIVIC_SMTP_PASSWORD="x")).code == "M109"


def test_no_such_name_no_such_port() -> None:
    assert blocked(walk_to(25, CIVIC_SMTP_HOST="mail.invalid")).code == "M101"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    assert blocked(walk_to(port)).code == "M102"


@pytest.mark.parametrize("words", [(), (b"220 hello\r\n",), (b"220 hello\r\n", b"250 hello\r\n")])
def test_a_server_that_falls_silent(words: tuple[bytes, ...]) -> None:
    with speaking(*words) as port:
        begun = time.monotonic()
        assert blocked(walk_to(port)).code == "M103"
        assert time.monotonic() - begun < 8


def test_a_server_that_turns_the_host_away() -> None:
    with speaking(b"554 5.7.1 You are on a list\r\n") as port:
        found = blocked(walk_to(port))
    assert (found.code, "on a list" in found.cause) == ("M107", True)


def test_a_server_that_refuses_sender_recipient_or_letter(sink: tuple[Sink, int]) -> None:
    sink[0].answers["it@example.org"] = "554 5.7.1 Relay access denied"
    found = blocked(walk_to(sink[1]))
    assert (found.code, "Relay access denied" in found.cause) == ("M111", True)
    with speaking(b"220 x\r\n", b"250 x\r\n", b"553 5.7.1 Not yours\r\n") as port:
        assert blocked(walk_to(port)).code == "M110"
    with speaking(b"220 x\r\n", *[b"250 x\r\n"] * 3, b"354 go\r\n", b"550 5.7.1 Spam\r\n") as port:
        found = blocked(walk_to(port), b"Subject: x\r\n\r\nx\r\n")
    assert (found.code, found.cause) == ("M112", "550 5.7.1 Spam")


# Records, asked of a real name server.
GOOD_ZONE = [
    "--host-record=mx.example.org,192.0.2.25", "--mx-host=example.org,mx.example.org,10",
    "--mx-host=participe.example.org,mx.example.org,10", "--txt-record=participe.example.org,v=spf1 mx -all",
    "--txt-record=participe.example.org,another=text", "--txt-record=_dmarc.example.org,v=DMARC1; p=none",
    "--ptr-record=8.8.8.8.in-addr.arpa,participe.example.org", "--host-record=participe.example.org,8.8.8.8",
]  # fmt: skip


@contextmanager
def zone(*records_of_it: str) -> Iterator[Dns]:
    """A name server that knows these records and no others."""
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("dnsmasq is not installed (apt install dnsmasq-base)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [
        "-d",
        "-R",
        "-h",
        "-C",
        "/dev/null",
        f"--port={port}",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
    ]
    words += ["--local=/org/", "--local=/in-addr.arpa/"]
    server = subprocess.Popen([program, *words, *records_of_it], stderr=subprocess.DEVNULL)
    dns = Dns((("127.0.0.1", port),))
    try:
        for _ in range(100):
            try:
                dns.ask("ready.org", "A")
                break
            except Silent:
                time.sleep(0.05)
        yield dns
    finally:
        server.terminate()
        server.wait()


def codes(dns: Dns, own: frozenset[str] = frozenset({"8.8.8.8"}), **more: str) -> list[str]:
    """What is found in these records."""
    known = {**DEFAULTS, **GOOD, "CIVIC_SMTP_HOST": "localhost", **more}
    return [one.code for one in records.examine(known, dns, own)]


def without(*starts: str) -> list[str]:
    """The good zone without some of its records."""
    return [one for one in GOOD_ZONE if not one.startswith(starts)]


def test_a_domain_that_is_well_has_no_findings() -> None:
    with zone(*GOOD_ZONE) as dns:
        assert codes(dns) == []
        assert dns.ask("example.org", "MX") == ["mx.example.org"]
        assert sorted(dns.ask("participe.example.org", "TXT")) == ["another=text", "v=spf1 mx -all"]


@pytest.mark.parametrize(
    ("records_of_it", "expected"),
    [
        (without("--mx-host=participe", "--host-record=participe"), ["M202", "M208"]),
        (without("--host-record=mx"), ["M202"]),
        (without("--txt-record=participe"), ["M203"]),
        ([*GOOD_ZONE, "--txt-record=participe.example.org,v=spf1 a -all"], ["M204"]),
        ([*without("--txt-record=participe"), "--txt-record=participe.example.org,v=spf1 +all"], ["M205"]),
        (without("--txt-record=_dmarc"), ["M206"]),
        (without("--ptr", "--host-record=participe"), ["M207"]),
        ([*without("--host-record=participe"), "--host-record=participe.example.org,8.8.4.4"], ["M208"]),
    ],
)  # fmt: skip
def test_each_record_that_lacks_is_named(records_of_it: list[str], expected: list[str]) -> None:
    with zone(*records_of_it) as dns:
        assert codes(dns) == expected
        if expected in (["M207"], ["M208"]):
            assert codes(dns, CIVIC_SMTP_HOST="mail.example.org") == [], "others see the mail server's name"


def test_where_letters_come_back_to_must_take_mail() -> None:
    with zone(*GOOD_ZONE) as dns:
        assert codes(dns, CIVIC_MAIL_BOUNCES="bounces@back.example.org") == ["M202", "M203"]


def test_an_answer_too_long_for_one_packet_is_fetched_whole() -> None:
    many = [f"--txt-record=long.org,{number} {'x' * 200}" for number in range(40)]
    with zone(*many) as dns:
        assert len(dns.ask("long.org", "TXT")) == 40


def test_the_key_in_the_dns_must_be_the_one_that_signs() -> None:
    key, name = "A" * 392, "--txt-record=civic._domainkey.participe.example.org"
    known = {**DEFAULTS, **GOOD, "CIVIC_SMTP_HOST": "localhost"}

    def found(*records_of_it: str) -> list[tuple[str, str]]:
        with zone(*GOOD_ZONE, *records_of_it) as dns:
            return [(one.code, one.cause) for one in records.examine(known, dns, frozenset({"8.8.8.8"}), key)]

    assert found(f"{name},v=DKIM1; k=rsa; p={key[:200]},{key[200:]}") == []
    assert found() == [("M209", "it has no TXT record with a key")]
    assert found(f"{name},v=DKIM1; k=rsa; p={'B' * 200}") == [("M209", "it has another one")]


def test_a_domain_of_the_town_gets_no_second_spf_record() -> None:
    """Two SPF records void each other, and one in place of the town's own would stop all its mail."""
    more = {"CIVIC_MAIL_BOUNCES": "bounces@back.example.org", "CIVIC_MAIL_FROM": "mairie@example.org"}
    printed = records.wanted({**DEFAULTS, **GOOD, **more}, "A" * 392)
    names = [one.partition(". ")[0] for one in printed]
    assert names == [
        "back.example.org",
        "back.example.org",
        "participe.example.org",
        "civic._domainkey.example.org",
    ]


def test_name_servers_that_say_nothing_or_nonsense() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        nowhere = int(free.getsockname()[1])
    assert codes(Dns((("127.0.0.1", nowhere),))) == ["M201"]
    for nonsense in (b"", b"\0" * 11, b"\xc0\x0c" * 200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))

            def answer(server: socket.socket = server, nonsense: bytes = nonsense) -> None:
                asked, whom = server.recvfrom(4096)
                server.sendto(asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + nonsense, whom)

            threading.Thread(target=answer, daemon=True).start()
            with pytest.raises(Silent):
                Dns((server.getsockname(),)).ask("example.org", "MX")


def test_the_machine_s_own_name_servers_are_read(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("# x\nnameserver 192.0.2.1\nsearch x\nnameserver 2001:db8::1\n")
    assert Dns.of_this_machine(tmp_path / "resolv.conf").servers == (("192.0.2.1", 53), ("2001:db8::1", 53))
    assert Dns.of_this_machine(tmp_path / "none").servers == (("127.0.0.1", 53),)


def test_every_code_has_its_chapter_in_the_handbook() -> None:
    handbook = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cli/mail").glob("*.py"))
    found = set(re.findall(r'"(M\d{3})"', told))
    assert len(found) == 23
    assert {one.upper() for one in re.findall(r'<a id="(m\d{3})"></a>', handbook)} == found
    assert {"test", "doctor"} < set(verb.command.commands)


def test_the_records_of_a_host_that_delivers_by_itself_stand_as_a_zone_has_them() -> None:
    known = {
        **DEFAULTS,
        **GOOD,
        "CIVIC_MAIL_BOUNCES": "bounces@back.example.org",
        "CIVIC_MAIL_BY_HOST": "yes",
    }
    printed = records.wanted(known, "A" * 392)
    assert printed[0] == "back.example.org. IN MX 10 participe.example.org."
    assert printed[1:3] == [
        f'{one}. IN TXT "v=spf1 a:participe.example.org -all"'
        for one in ("back.example.org", "participe.example.org")
    ]
    texts = re.findall(r'"([^"]*)"', printed[3])
    assert [len(one) <= 255 for one in texts] == [True, True]
    assert "".join(texts) == "v=DKIM1; k=rsa; p=" + "A" * 392
    assert printed[4].startswith("_dmarc.participe.example.org. IN TXT")
