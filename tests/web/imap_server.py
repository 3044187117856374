"""A real IMAP server (Dovecot) with one mailbox, over TLS with a certificate that nobody trusts unless told."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
first_valid_uid = 1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/Maildir
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
"""


@dataclass
class Mailbox:
    """A mailbox that is served."""

    port: int
    password: str
    certificate: Path
    new: Path
    count: int = 0

    def put(self, content: bytes) -> None:
        """A message arrives."""
        self.count += 1
        path = self.new / f"{self.count}.host"
        path.write_bytes(content)
        path.chmod(0o666)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Serve it. Skips where Dovecot is missing, or may not be started."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("Dovecot is not installed (apt install dovecot-imapd)")
    if os.geteuid() != 0:
        pytest.skip("Dovecot needs root")
    home = Path(subprocess.check_output(["mktemp", "-d", "/tmp/civic-imap-XXXXXX"], text=True).strip())
    new = home / "Maildir/new"
    for part in ("new", "cur", "tmp"):
        (home / "Maildir" / part).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    request += [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        f"{home}/key.pem",
        "-out",
        f"{home}/cert.pem",
    ]
    subprocess.run(request, check=True, capture_output=True)
    given = {"folder": home, "port": port, "password": "s3cret"}
    (home / "dovecot.conf").write_text(CONFIGURATION.format(**given))
    subprocess.run(["chown", "-R", "nobody:nogroup", home], check=True)
    home.chmod(0o755)
    process = subprocess.Popen([program, "-F", "-c", home / "dovecot.conf"])
    try:
        _wait(port, home / "log")
        yield Mailbox(port, "s3cret", home / "cert.pem", new)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home)


def _wait(port: int, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(log.read_text() if log.exists() else "Dovecot did not start")
