"""An S3 server for a test: moto's, in an environment of its own (it is no dependency of civic), over real HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOTO = ("moto[s3]==5.2.5", "flask", "flask-cors")
"""Its extra "server" brings sixty packages more, for services that nobody here asks."""
ENVIRONMENT = Path(__file__).resolve().parent.parent / ".civic/s3-server"


@contextmanager
def server() -> Iterator[str]:
    """Its address; what is stored in it is gone with it."""
    program = _install()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _install() -> Path:
    program = ENVIRONMENT / "bin/moto_server"
    if not program.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        pip = [
            ENVIRONMENT / "bin/python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *MOTO,
        ]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            pytest.skip(f"not installed: {MOTO[0]} (pip install cannot fetch it)")
    return program


def _await(port: int) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < ends, "the S3 server does not start"
            time.sleep(0.1)
