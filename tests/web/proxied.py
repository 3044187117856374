"""A site as it is served: the real gunicorn with its own settings, behind the real Caddy with the file that install writes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.settings import Settings
from tests.web.site_process import ROOT, environment


@dataclass(frozen=True)
class Proxied:
    """Where the proxy listens, under which name the site stands, and the proxy's process."""

    port: int
    name: str
    caddy: int

    def begin(self, request: str, *headers: str, body: bytes = b"") -> socket.socket:
        """A connection on which this request has begun: `POST /en/sign-in`, headers, and so much of its body."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        head = [f"{request} HTTP/1.1", f"Host: {self.name}", *headers, "", ""]
        line.sendall("\r\n".join(head).encode() + body)
        return line

    def ask(self, request: str, *headers: str, body: bytes = b"") -> tuple[str, float]:
        """The whole answer to a request, and the seconds that it took."""
        began = time.monotonic()
        with self.begin(request, "Connection: close", *headers, body=body) as line:
            return answer_on(line), time.monotonic() - began


def answer_on(line: socket.socket) -> str:
    """What comes back until the other end closes."""
    return b"".join(iter(lambda: line.recv(65536), b"")).decode()


@contextmanager
def proxied(settings: Settings, folder: Path) -> Iterator[Proxied]:
    """Serve the site until the block ends."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("Caddy is not installed (apt install caddy)")
    port, other = _free_ports()
    (folder / "Caddyfile").write_text(_caddyfile(settings.hostname, port, other, folder))
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:app.gunicorn_settings"]
    web = subprocess.Popen(
        [*gunicorn, "--bind", f"unix:{folder}/live.sock", "app.wsgi:app"],
        env=environment(settings),
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("w") as log:
        proxy = subprocess.Popen(
            [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
            env={"PATH": os.environ["PATH"], **homes},
            stderr=log,
        )
    site = Proxied(port, f"{settings.hostname}:{port}", proxy.pid)
    try:
        _await(site, folder)
        yield site
    finally:
        for process in (proxy, web):
            process.terminate()
        for process in (proxy, web):
            process.wait(60)


def _caddyfile(hostname: str, port: int, other: int, folder: Path) -> str:
    """The proxy's file for a host behind another proxy, with its ports and sockets moved to where a test may have them."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "deploy/proxy"), undefined=StrictUndefined, trim_blocks=True
    )
    whole = environment.get_template("Caddyfile.j2").render(
        civic_admin_email="it@valclair.example",
        civic_acme_ca="",
        civic_acme_ca_root="",
        civic_host_token="token",
        civic_tls="proxy",
        civic_trusted_proxies=["192.0.2.1"],
        civic_hostname=f"{hostname}:{port}",
    )
    moves = {"/run/civic/live.sock": f"{folder}/live.sock", "/run/caddy/admin.sock": f"{folder}/admin.sock"}
    for here, there in {**moves, "\n:80 {": f"\n:{other} {{"}.items():
        assert whole.count(here) == 1
        whole = whole.replace(here, there)
    return whole


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def _await(site: Proxied, folder: Path) -> None:
    until = time.monotonic() + 90
    while True:
        try:
            if site.ask("GET /healthz")[0].startswith("HTTP/1.1 200"):
                return
        except OSError:
            pass
        assert time.monotonic() < until, (folder / "caddy.log").read_text()[-3000:]
        time.sleep(0.2)
