"""Alerts leave by mail through a real SMTP server, and by a webhook that calls no address inside (A40)."""

from __future__ import annotations

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import setting_checks
from app.public_net import is_public
from cli.care import alert, mail, told
from cli.care.told import Told
from cli.care.webhook import Refused, Webhook
from cli.doctor.finding import Finding
from tests.cli.conftest import GOOD
from tests.web.smtp_sink import Sink, start_sink

NOW = datetime(2031, 5, 1, 9, tzinfo=UTC)
FOUND = [
    Finding("C601", True, "the last backup to cellar failed", "No space left", "civic backup"),
    Finding("C306", False, "the host wants a restart", "updates were installed", "systemctl reboot"),
]


@pytest.fixture
def sink() -> Iterator[tuple[Sink, dict[str, str]]]:
    """A mail server, and the settings that lead to it."""
    found, controller = start_sink()
    where = {
        "CIVIC_SMTP_HOST": "127.0.0.1",
        "CIVIC_SMTP_PORT": str(controller.port),
        "CIVIC_SMTP_SECURITY": "none",
    }
    yield found, {**GOOD, **where}
    controller.stop()


def test_the_letter_says_what_why_and_what_to_do(sink: tuple[Sink, dict[str, str]]) -> None:
    news = told.compare(NOW, FOUND, Told())
    subject, text = alert.letter("Town, release 1", news, {told.key_of(one): one for one in FOUND})
    mail.send(sink[1], subject, text)
    ((to, letter),) = sink[0].received
    assert (to, letter["To"]) == ("it@example.org", "it@example.org")
    assert letter["Subject"] == "C601 the last backup to cellar failed (and 1 more)"
    assert letter["Auto-Submitted"] == "auto-generated"
    said = str(letter.get_content())
    assert "C601 ! the last backup to cellar failed" in said
    assert "Do:   civic backup" in said
    assert "docs/operating.md#c601" in said


def test_settings_that_the_site_refuses_do_not_silence_the_alert(sink: tuple[Sink, dict[str, str]]) -> None:
    mail.send({**sink[1], "CIVIC_TLS": "maybe", "CIVIC_WEB_WORKERS": "many"}, "x", "y\n")
    assert len(sink[0].received) == 1


@pytest.mark.parametrize("answer", ["550 no", "451 later"])
def test_a_mail_server_that_refuses_is_an_error_to_be_told(
    sink: tuple[Sink, dict[str, str]], answer: str
) -> None:
    sink[0].answers["*"] = answer
    with pytest.raises(OSError, match=answer[:3]):
        mail.send(sink[1], "x", "y\n")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("203.0.114.7", True),
        ("2a01:4f8::1", True),
        *(
            (address, False)
            for address in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254")
        ),
        *(
            (address, False)
            for address in ("0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "fe80::1", "fd00::1")
        ),
        ("64:ff9b::cb00:7207", True),
        *(
            (address, False)
            for address in (
                "64:ff9b::a00:1",
                "64:ff9b:1::a00:1",
                "2002:7f00:1::",
                "2001::1",
                "fec0::1",
                "192.0.0.9",
                "ff0e::1",
            )
        ),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_only_public_addresses_are_called(address: str, may: bool) -> None:
    assert is_public(address) is may


@pytest.mark.parametrize(
    "url", ["https://localhost/x", "https://127.0.0.1/x", "https://[::1]:8443/", "https://127.1/"]
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(OSError, match="not public"):
        Webhook(url).post({})


@pytest.mark.parametrize(
    "given",
    [
        "http://a.example/x",
        "https://",
        "https://u:p@a.example/",
        "https://10.0.0.1/x",
        "https://localhost/",
        "x",
    ],
)
def test_the_setting_refuses_what_would_never_be_called(given: str) -> None:
    with pytest.raises(ValueError, match="must"):
        setting_checks.webhook(given)
    assert setting_checks.webhook("https://a.example/hook?key=1") == "https://a.example/hook?key=1"


class _Hook(http.server.BaseHTTPRequestHandler):
    heard: list[tuple[str, bytes]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        _Hook.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(302 if self.path.startswith("/away") else 204)
        self.send_header("Location", "/inside")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """A real TLS server named localhost, and a context that trusts it."""
    pair = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *pair, *name],
        check=True,
        capture_output=True,
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    _Hook.heard.clear()
    yield (
        f"https://localhost:{server.server_port}",
        ssl.create_default_context(cafile=str(tmp_path / "cert.pem")),
    )
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_the_facts_and_a_redirect_is_not_followed(hook: tuple[str, ssl.SSLContext]) -> None:
    url, trusts = hook
    Webhook(f"{url}/in?key=1", lambda address: True, trusts).post({"text": "é"})
    assert _Hook.heard == [("/in?key=1", '{"text": "é"}'.encode())]
    with pytest.raises(Refused, match="302"):
        Webhook(f"{url}/away", lambda address: True, trusts).post({})
    assert [path for path, _ in _Hook.heard] == ["/in?key=1", "/away"]


def test_a_webhook_whose_certificate_is_not_trusted_gets_nothing(hook: tuple[str, ssl.SSLContext]) -> None:
    with pytest.raises(ssl.SSLError):
        Webhook(f"{hook[0]}/in", lambda address: True).post({})
    assert _Hook.heard == []
