"""The channel file: read from a folder and over real HTTPS; refused when old, lowered, wrongly signed or led elsewhere."""

from __future__ import annotations

import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.settings import Settings, SettingsFault, env_name, load
from cli.bundles import channel, from_where
from cli.bundles.channel import NAME, Offer
from cli.bundles.keys import Keys
from cli.bundles.refusal import BundleRefused
from cli.main import civic
from tests.cli.bundle_maker import Maker, draw_key, signers

GIVEN = {
    "site_name": "Valclair",
    "hostname": "v.example",
    "contact_email": "a@v.example",
    "admin_email": "a@v.example",
}
GIVEN |= {"smtp_host": "mail.v.example", "secret_key": "x" * 40}


def settings(**more: object) -> Settings:
    """A site's settings."""
    return load({env_name(name): str(text) for name, text in {**GIVEN, **more}.items()})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anne's."""
    return draw_key(tmp_path_factory.mktemp("keys"), "anne")


@pytest.fixture
def keys(key: Path) -> Keys:
    """Anne is trusted."""
    return signers(key)


@pytest.fixture
def folder(tmp_path: Path, keys: Keys, key: Path) -> Path:
    """A folder that offers one bundle in the channel stable."""
    made = tmp_path / "releases"
    made.mkdir()
    channel.publish(made, "stable", Maker(keys, key).write(made / "civic-9.9.9.bundle"), [key], days=30)
    return made


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """Where the highest counter is remembered."""
    return tmp_path / "seen.json"


def newest(where: object, keys: Keys, seen: Path, **more: object) -> Offer:
    """The offer; there must be one."""
    found = channel.find_newest(settings(updates=where, **more), keys, seen)
    assert found is not None
    return found


def refused(where: object, keys: Keys, seen: Path) -> str:
    """Why the channel file is."""
    with pytest.raises(BundleRefused) as why:
        newest(where, keys, seen)
    return why.value.reason


def test_a_folder_offers_a_bundle_which_is_fetched_whole(
    folder: Path, keys: Keys, seen: Path, tmp_path: Path
) -> None:
    offer = newest(folder, keys, seen)
    assert (offer.version, offer.release, offer.notes) == (
        "9.9.9",
        "9.9.9-abcd1234",
        "### Added\n- A page.\n",
    )
    got = tmp_path / "got"
    got.mkdir()
    assert channel.fetch(offer, got).read_bytes() == (folder / offer.bundle).read_bytes()
    assert [path.name for path in got.iterdir()] == ["civic-9.9.9.bundle"]


def test_a_site_without_a_source_or_with_an_empty_channel_is_offered_nothing(
    folder: Path, keys: Keys, seen: Path
) -> None:
    assert channel.find_newest(settings(), keys, seen) is None
    assert channel.find_newest(settings(updates=folder, update_channel="security"), keys, seen) is None


def test_a_lower_counter_than_one_seen_before_is_refused(
    folder: Path, keys: Keys, key: Path, seen: Path
) -> None:
    old = (folder / NAME).read_bytes()
    first = newest(folder, keys, seen)
    channel.publish(folder, "stable", None, [key], days=30)
    assert newest(folder, keys, seen) == first
    (folder / NAME).write_bytes(old)
    assert refused(folder, keys, seen) == "OLDER"


def test_an_expired_a_changed_and_a_foreign_list_are_refused(
    folder: Path, keys: Keys, key: Path, seen: Path, tmp_path: Path
) -> None:
    file = folder / NAME
    whole = json.loads(file.read_text())
    whole["signed"]["channels"]["stable"]["size"] += 1
    file.write_text(json.dumps(whole))
    assert refused(folder, keys, seen) == "DAMAGED"
    file.write_text("[" * 100_000)
    assert refused(folder, keys, seen) == "NOT_A_BUNDLE"
    file.unlink()
    channel.publish(folder, "stable", None, [draw_key(tmp_path, "stranger")], days=30)
    assert refused(folder, keys, seen) == "UNKNOWN_KEY"
    channel.publish(folder, "stable", None, [key], days=-1)
    assert refused(folder, keys, seen) == "EXPIRED"
    assert not seen.exists()


def test_a_bundle_s_signature_is_none_for_a_list(folder: Path, key: Path, seen: Path) -> None:
    only_bundles = Keys(signers(key).allowed_signers.replace("civic-*", "civic-bundle"))
    assert refused(folder, only_bundles, seen) == "UNKNOWN_KEY"


@pytest.mark.parametrize(
    "name", ["../civic", "/etc/passwd", "a/b", "", ".hidden", "a b", "x?y", "//other.example/x"]
)
def test_a_list_that_names_what_is_no_file_beside_it_is_refused(
    folder: Path, keys: Keys, key: Path, seen: Path, name: str
) -> None:
    file = folder / NAME
    wrong = json.loads(file.read_text())["signed"]
    wrong["channels"]["stable"]["bundle"] = name
    with pytest.raises(BundleRefused) as why:
        channel.parse(json.dumps(wrong).encode())
    assert why.value.reason == "NAME"


def test_a_bundle_of_another_size_or_hash_than_was_promised_is_not_kept(
    folder: Path, keys: Keys, seen: Path, tmp_path: Path
) -> None:
    offer = newest(folder, keys, seen)
    file, got = folder / offer.bundle, tmp_path / "got"
    whole = file.read_bytes()
    got.mkdir()
    for raw, reason in ((whole + b"x", "DAMAGED"), (whole[:-1], "TRUNCATED"), (whole[:-1] + b"x", "DAMAGED")):
        file.write_bytes(raw)
        with pytest.raises(BundleRefused) as why:
            channel.fetch(offer, got)
        assert why.value.reason == reason
        assert list(got.iterdir()) == []


def test_an_older_bundle_does_not_become_the_newest(folder: Path, keys: Keys, key: Path) -> None:
    older = Maker(keys, key, version="9.9.8", counter=1_750_000_000).write(folder / "civic-9.9.8.bundle")
    with pytest.raises(BundleRefused) as why:
        channel.publish(folder, "stable", older, [key], days=30)
    assert why.value.reason == "OLDER"


def test_the_source_is_a_folder_or_https_and_nothing_else() -> None:
    for wrong in (
        "http://releases.example/",
        "file:///etc",
        "ftp://x.example",
        "releases",
        "https://u:p@x.example",
        "/a/../b",
    ):
        with pytest.raises(SettingsFault):
            settings(updates=wrong)
    with pytest.raises(BundleRefused):
        from_where.read("http://127.0.0.1:1", NAME, 10)
    with pytest.raises(BundleRefused) as why:
        from_where.read("/nonexistent", NAME, 10)
    assert why.value.reason == "UNREACHABLE"


class Web(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; /away/ leads to a plain address, /else/ to another path of its own."""

    def do_GET(self) -> None:
        """A file, or a redirect."""
        if self.path.startswith(("/away/", "/else/")):
            self.send_response(302)
            self.send_header(
                "Location", "http://127.0.0.1:9/" if self.path.startswith("/away/") else f"/{NAME}"
            )
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder over HTTPS, with a certificate that this process trusts."""
    words = [
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
    words += [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        tmp_path / "key.pem",
        "-out",
        tmp_path / "chain.pem",
    ]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *request: Web(*request, directory=str(folder))
    )
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
    monkeypatch.setenv("no_proxy", "localhost")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_https_address_offers_the_same(
    address: str, folder: Path, keys: Keys, seen: Path, tmp_path: Path
) -> None:
    offer = newest(address, keys, seen)
    assert channel.fetch(offer, tmp_path).read_bytes() == (folder / offer.bundle).read_bytes()


def test_an_address_that_leads_elsewhere_or_that_nobody_vouches_for_is_refused(
    address: str, keys: Keys, seen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(f"{address}/away", keys, seen) == "UNREACHABLE"
    assert refused(f"{address}/else", keys, seen) == "UNREACHABLE"
    assert refused(f"{address}/nothing", keys, seen) == "UNREACHABLE"
    monkeypatch.delenv("SSL_CERT_FILE")
    assert refused(address, keys, seen) == "UNREACHABLE"


def test_the_verbs_publish_and_verify(folder: Path, keys: Keys, key: Path, tmp_path: Path) -> None:
    bundle, trusted = folder / "civic-9.9.9.bundle", tmp_path / "trusted"
    from cli.bundles.keys import laid_out

    laid_out(keys, trusted)
    said = CliRunner().invoke(civic, ["bundle", "verify", str(bundle), "--keys", str(trusted)])
    assert said.exit_code == 0
    assert "anne@valclair.example (SHA256:" in said.output
    said = CliRunner().invoke(
        civic,
        ["bundle", "publish", str(folder), str(bundle), "--channel", "security", "--key", str(key), "--json"],
    )
    assert json.loads(said.output.splitlines()[-1])["channels"] == {
        "security": "9.9.9-abcd1234",
        "stable": "9.9.9-abcd1234",
    }
    said = CliRunner().invoke(
        civic, ["bundle", "sign", str(bundle), "--key", str(draw_key(tmp_path, "bruno"))]
    )
    assert "now has 2 signatures" in said.output
    bundle.write_bytes(bundle.read_bytes()[:-1])
    said = CliRunner().invoke(civic, ["bundle", "verify", str(bundle), "--keys", str(trusted)])
    assert (said.exit_code, "TRUNCATED" in said.output) == (3, True)
