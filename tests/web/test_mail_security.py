"""The way to the mail server: STARTTLS and TLS with the server's name checked, a password, and no fallback to the open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.mail import outbox
from app.mail.letters import Letter
from tests.conftest import make_settings
from tests.web.secure_sink import make_certificate, start_secure
from tests.web.site_process import Worker
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH:UserWarning"
)  # aiosmtpd does not see that the port is TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost` and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["starttls", "tls"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(certificate: tuple[Path, Path], kind: str) -> Iterator[tuple[Sink, Controller]]:
    sink, controller = start_secure(certificate, implicit=kind == "tls")
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
