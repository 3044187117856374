"""A real SMTP server with TLS and a password: user `town`, password `secret word`."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.web.smtp_sink import FreePort, Sink


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for this name, which nobody trusts unless told, and its key."""
    files = folder / f"{name}-cert.pem", folder / f"{name}-key.pem"
    words = [
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
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    places = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run(["openssl", *words, *subject, *places], check=True, capture_output=True)
    return files


def start_secure(certificate: tuple[Path, Path], *, implicit: bool) -> tuple[Sink, Controller]:
    """TLS from the first byte (`implicit`), or by STARTTLS; stop it with `controller.stop()`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def check(
        _server: object, _session: object, _envelope: object, _mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        is_right = (given.login, given.password) == (b"town", b"secret word")
        return AuthResult(success=is_right, handled=is_right)

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
