"""Verbs for a real site say so where there is none, and read what systemd and the site's socket answer where there is one."""

from __future__ import annotations

import http.server
import socketserver
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.doctor import gather_host
from cli.main import civic
from cli.site import HostSite

WITHOUT_SITE = pytest.mark.skipif(HostSite().exists(), reason="a real site is installed on this machine")


@WITHOUT_SITE
@pytest.mark.parametrize("words", [["status"], ["doctor"], ["logs"], ["admin", "add", "a@example.org"]])
def test_without_a_site_the_verb_is_wrong_use_and_names_the_way_to_one(words: list[str]) -> None:
    said = CliRunner().invoke(civic, words)
    assert (said.exit_code, "civic install" in said.output) == (2, True)


@pytest.mark.parametrize("words", [["start"], ["stop"], ["status", "--dir", "/tmp/x"]])
def test_what_only_a_trial_site_knows_needs_the_word_trial(words: list[str]) -> None:
    said = CliRunner().invoke(civic, words)
    assert (said.exit_code, "--trial" in said.output) == (2, True)


def test_the_live_release_is_the_one_that_the_link_names(tmp_path: Path) -> None:
    (tmp_path / "opt/civic/releases/1.2.3").mkdir(parents=True)
    (tmp_path / "opt/civic/current").symlink_to("releases/1.2.3")
    site = HostSite(tmp_path)
    assert site.exists()
    assert site.version() == "1.2.3"


class Page(http.server.BaseHTTPRequestHandler):
    """Answers with the Host it was asked for."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(f"for {self.headers['Host']}".encode())

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *words: object) -> None:
        pass


def test_a_page_is_asked_through_the_sites_socket_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "live.sock"
    assert gather_host.ask(path, "participe.example.org", "/readyz")[0] == 0
    with socketserver.UnixStreamServer(str(path), Page) as server:
        threading.Thread(target=server.handle_request).start()
        assert gather_host.ask(path, "participe.example.org", "/readyz") == (503, "for participe.example.org")
