"""The way to the mail server: STARTTLS and TLS with the server's name checked, a password, and no fallback to the open."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.mail import outbox
from app.mail.letters import Letter
from tests.conftest import make_settings
from tests.web.site_process import Worker
from tests.web.smtp_sink import FreePort, Sink

pytestmark = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH:UserWarning"
)  # aiosmtpd does not see that the port is TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost` and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*words, *subject, "-out", str(files[0]), "-keyout", str(files[1])], check=True, capture_output=True
    )
    return files


def start(certificate: tuple[Path, Path], *, implicit: bool) -> tuple[Sink, Controller]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def check(
        _server: object, _session: object, _envelope: object, _mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (b"town", b"secret word"))

    sink = Sink()
    marks = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
    controller = FreePort(
        sink,
        hostname="127.0.0.1",
        port=0,
        authenticator=check,
        auth_required=True,
        auth_require_tls=not implicit,
        **marks,
    )
    controller.start()
    return sink, controller


@pytest.fixture(params=["starttls", "tls"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(certificate: tuple[Path, Path], kind: str) -> Iterator[tuple[Sink, Controller]]:
    sink, controller = start(certificate, implicit=kind == "tls")
    yield sink, controller
    controller.stop()


@pytest.mark.parametrize(
    ("host", "password", "is_sent"),
    [("localhost", "secret word", True), ("127.0.0.1", "secret word", False), ("localhost", "wrong", False)],
)
def test_letters_go_only_to_the_server_that_was_named(
    server: tuple[Sink, Controller],
    certificate: tuple[Path, Path],
    kind: str,
    tmp_path: Path,
    host: str,
    password: str,
    is_sent: bool,
) -> None:
    sink, controller = server
    more = {"smtp_host": host, "smtp_port": str(controller.port), "smtp_security": kind}
    login = {"smtp_user": "town", "smtp_password": password}
    settings = make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, **more, **login)
    site = create_app(settings)
    with site.app_context():
        migrating.migrate()
        outbox.enqueue(Letter("Hello", "Text\n"), "ana@example.org", key="k")
        db.session.commit()
    worker = Worker(settings, SSL_CERT_FILE=str(certificate[0]))
    until, message = time.monotonic() + 30, None
    while time.monotonic() < until and (message is None or (message.state != "sent" and not message.answer)):
        time.sleep(0.2)
        with site.app_context():
            message = db.session.get(outbox.OutboxMessage, 1)
            db.session.rollback()
            message = db.session.get(outbox.OutboxMessage, 1)
            assert message is not None
            db.session.expunge(message)
    worker.kill()
    with site.app_context():
        db.engine.dispose()
    assert message is not None
    assert (message.state, len(sink.received)) == (("sent", 1) if is_sent else ("waiting", 0)), message.answer
    assert "secret word" not in message.answer
