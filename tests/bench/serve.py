"""gunicorn as in service, a bare floor beside it, and wrk as the crowd."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AS_IN_UNITS = {"MALLOC_ARENA_MAX": "1"}
"""What the units of the web and the worker set besides the settings."""
WORKERS = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload")


@dataclass(frozen=True)
class Server:
    """A running gunicorn: its port, its master process and the Host header it wants."""

    port: int
    pid: int
    host: str

    def get(self, path: str) -> bytes:
        """One page; its status must be 200."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Host": self.host})
            answer = connection.getresponse()
            body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {body[:300]!r}"
        return body

    def rate(self, path: str, seconds: int = 4) -> float:
        """Pages a second over 8 kept connections, after a warm-up; any answer but 200 fails."""
        if shutil.which("wrk") is None:
            pytest.skip("wrk is not installed (apt install wrk)")
        for _ in range(2):
            self.get(path)
        words = [
            "wrk",
            "-t1",
            "-c8",
            f"-d{seconds}s",
            "-H",
            f"Host: {self.host}",
            f"http://127.0.0.1:{self.port}{path}",
        ]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert "Non-2xx" not in said, said
        assert "Socket errors" not in said, said
        found = re.search(r"Requests/sec:\s+([\d.]+)", said)
        assert found, said
        return float(found.group(1))


@contextmanager
def serve(target: str, env: Mapping[str, str], host: str, *more: str) -> Iterator[Server]:
    """Serve a WSGI application by gunicorn on a free port until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *(more or WORKERS), target]
    process = subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **AS_IN_UNITS, **env}, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield Server(port, process.pid, host)
    finally:
        process.terminate()
        process.wait(timeout=30)


def memory_mb(pid: int) -> float:
    """Proportional memory (PSS: shared pages counted once) of a process and its children, in megabytes of 10^6 bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return (int(found.group(1)) * 1024 / 1e6 if found else 0.0) + sum(
        memory_mb(int(child)) for child in children
    )


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
