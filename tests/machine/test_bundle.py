"""`civic install --bundle` where there is no network: on Debian 12 itself, and from there over SSH on Debian 13."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder

from cli import parcel
from cli.bundles import archive, build, channel, keys, signatures, verify
from cli.bundles import manifest as manifests
from cli.bundles.build import Wish
from cli.bundles.manifest import NAME, Member
from cli.console import Console
from tests.cli.bundle_maker import Maker, draw_key, signers, yesterday
from tests.long import only_when_long
from tests.machine import changed_clone, town
from tests.machine.fixtures import MakeHost
from tests.machine.host import Host
from tests.machine.network import Network
from tests.machine.town import CONFIG

pytestmark = pytest.mark.machine
BUNDLE = "/root/civic.bundle"
UPDATES = "/srv/updates"
PLACES = ("/etc", "/opt", "/usr", "/var/lib", "/home")


@dataclass
class Made:
    """The bundle of this clone, the name that a release from the clone would have, the keys that it brings, and who signs."""

    file: Path
    release: str
    keys: keys.Keys
    signing: Path


@pytest.fixture(scope="session")
def made(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One real bundle for all tests: the wheels and packages of both Debians, signed. It takes a minute."""
    folder = tmp_path_factory.mktemp("bundle")
    anne = draw_key(folder, "anne")
    trusted = signers(anne)
    wish = Wish(
        out=folder / "civic.bundle",
        pythons=("3.11", "3.13"),
        debians=("bookworm", "trixie"),
        counter=1_800_000_000,
        days=3650,
        keys=keys.laid_out(trusted, folder / "keys"),
        signing=(anne,),
    )
    return Made(build.build(Console(quiet=True), wish), parcel.pack(folder).release, trusted, anne)


@pytest.fixture(scope="module")
def mail(network: Network) -> Iterator[None]:
    """A mail server beside the hosts: what a town's own network has."""
    with town.mail_server(network):
        yield


@pytest.fixture(scope="module")
def here(made: Made, make_host: MakeHost, network: Network, mail: None) -> Host:
    """A bare Debian 12 with nothing but the bundle, its launcher and a config file, and without a way out."""
    return bare_host("offline", made, make_host, network)


def bare_host(name: str, made: Made, make_host: MakeHost, network: Network) -> Host:
    """A bare Debian 12 with the bundle and a config file, cut off."""
    host = make_host(name, "bookworm")
    shutil.copyfile(made.file, host.root / BUNDLE.lstrip("/"))
    host.sh(f"cd /root && tar -xf {BUNDLE} deploy")
    host.write(CONFIG, town.config(network, updates=UPDATES), 0o600)
    cut_off(host)
    return host


def cut_off(host: Host) -> None:
    """No way leads to anywhere but the machines beside it."""
    host.sh("ip route del default; ! ip route get 1.1.1.1; ! getent hosts example.org")


def civic(host: Host, *words: str, code: int = 0) -> dict[str, Any]:
    """The bundle's launcher on the host, and its one JSON object."""
    done = host.run(
        "/root/deploy/civic", *words, "--bundle", BUNDLE, "--config", CONFIG, "--json", "--yes", check=False
    )
    assert done.returncode == code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def refused(host: Host, bundle: str, *words: str) -> str:
    """What the launcher says of a bundle that it refuses (3), nothing having been changed."""
    before = town.census(host, *PLACES)
    done = host.run(
        "/root/deploy/civic",
        "install",
        "--bundle",
        bundle,
        "--keys",
        "/root/deploy/keys",
        *words,
        check=False,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert town.census(host, *PLACES) == before
    assert "Nothing was changed." in done.stderr
    return done.stderr


def test_a_bad_bundle_is_refused_before_anything_of_it_is_run(here: Host, made: Made, tmp_path: Path) -> None:
    whole = made.file.read_bytes()
    inside = here.root / "root"
    (inside / "short").write_bytes(whole[:300])
    assert "NOT_A_BUNDLE" in refused(here, "/root/short")
    (inside / "flipped").write_bytes(bytes([*whole[:700], whole[700] ^ 1]) + whole[701:])
    assert "UNKNOWN_KEY" in refused(here, "/root/flipped")
    with tarfile.open(made.file) as members:
        needed = next(one for one in members if one.name.startswith("debs/bookworm/"))
    at = needed.offset_data + needed.size // 2
    (inside / "flipped").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert "DAMAGED" in refused(here, "/root/flipped")
    Maker(signers(draw_key(tmp_path, "stranger")), tmp_path / "stranger").write(inside / "foreign")
    assert "UNKNOWN_KEY" in refused(here, "/root/foreign")
    Maker(made.keys, made.signing).write(
        inside / "past", dataclasses.replace(Maker(made.keys).manifest(), expires_on=yesterday())
    )
    assert "EXPIRED" in refused(here, "/root/past")
    revoking = signers(made.signing, revoked=(made.signing,))
    keys.laid_out(revoking, inside / "revoking")
    assert "UNKNOWN_KEY" in refused(here, BUNDLE, "--keys", "/root/revoking")
    for name in ("short", "flipped", "foreign", "past"):
        (inside / name).unlink()


def test_a_host_without_any_way_out_becomes_a_site(here: Host, made: Made) -> None:
    said = civic(here, "install")
    assert said["link"].startswith(f"https://{town.HOSTNAME}/")
    assert said["release"] == made.release
    assert here.read("/etc/civic/keys/allowed_signers") == made.keys.allowed_signers


@only_when_long
def test_a_second_run_from_the_bundle_or_without_it_changes_nothing(here: Host) -> None:
    assert civic(here, "install")["changed"] == []
    assert civic(here, "plan")["changes"] == []
    assert json.loads(here.run("civic", "install", "--json", "--yes").stdout)["changed"] == []


def test_a_bundle_that_is_signed_by_others_is_refused_from_then_on(here: Host, tmp_path: Path) -> None:
    stranger = draw_key(tmp_path, "stranger")
    Maker(signers(stranger), stranger, counter=1_900_000_000).write(here.root / "root/foreign")
    said = here.run("civic", "bundle", "verify", "/root/foreign", "--json", check=False)
    assert (said.returncode, json.loads(said.stdout)["failed"].split(":")[0]) == (3, "UNKNOWN_KEY")


def test_an_upgrade_comes_from_a_channel_without_any_network(here: Host, made: Made, tmp_path: Path) -> None:
    updates = here.root / UPDATES.lstrip("/")
    updates.mkdir()
    newer = next_bundle(made, tmp_path, updates / "civic-next.bundle")
    channel.publish(updates, "stable", updates / "civic-next.bundle", [made.signing], 30)
    ahead = json.loads(here.run("civic", "upgrade", "--check", "--json").stdout)
    assert (ahead["serves"], ahead["release"], ahead["migrations"]) == (
        made.release,
        newer,
        ["what the next release adds."],
    )
    assert os.readlink(here.root / "opt/civic/current").endswith(made.release)
    done = json.loads(here.run("civic", "upgrade", "--json", "--yes").stdout.splitlines()[-1])
    assert (done["release"], done["failed"]) == (newer, 0)
    assert json.loads(here.run("civic", "upgrade", "--json", "--yes").stdout)["changed"] is False
    assert here.run("civic", "upgrade", "9.9.9", "--yes", check=False).returncode == 2


def next_bundle(made: Made, folder: Path, file: Path) -> str:
    """The bundle once more with a changed wheel, signed by the same; returns the release's name."""
    town.copy_clone(folder / "clone")
    changed_clone.change(folder / "clone")
    wheel = Path(
        next(iter(WheelBuilder(str(folder / "clone")).build(directory=str(folder), versions=["standard"])))
    )
    with tarfile.open(made.file) as packed:
        members = {one.name: packed.extractfile(one).read() for one in packed}  # type: ignore[union-attr]
    listed = manifests.parse(members.pop(NAME))
    members = {name: text for name, text in members.items() if name in {one.name for one in listed.members}}
    members[wheel.name] = wheel.read_bytes()
    release = f"{listed.version}-{hashlib.sha256(members[wheel.name]).hexdigest()[:8]}"
    again = [
        Member(name, hashlib.sha256(text).hexdigest(), len(text)) for name, text in sorted(members.items())
    ]
    new = dataclasses.replace(listed, release=release, counter=listed.counter + 1, members=tuple(again))
    text = new.text().encode()
    signature = signatures.sign(text, made.signing, signatures.BUNDLE)
    archive.write(file, [(NAME, text), (verify.signature_name(0), signature), *sorted(members.items())])
    return release


@only_when_long
def test_over_ssh_to_a_host_that_has_no_way_out_either(here: Host, made: Made, make_host: MakeHost) -> None:
    there = make_host("beyond", "trixie")
    here.sh("mkdir -p -m 700 /root/.ssh; ssh-keygen -q -N '' -t ed25519 -f /root/.ssh/id_ed25519")
    there.write("/root/.ssh/authorized_keys", here.read("/root/.ssh/id_ed25519.pub"))
    cut_off(there)
    assert civic(here, "install", "--host", f"root@{there.address}")["link"]
    assert civic(here, "install", "--host", f"root@{there.address}")["changed"] == []
    assert there.read("/etc/civic/keys/allowed_signers") == made.keys.allowed_signers
    (counter,) = (there.root / "opt/civic/releases").glob("*/source/counter")
    counter.write_text("1900000000\n")
    assert civic(here, "plan", "--host", f"root@{there.address}", code=3)["failed"].startswith("OLDER")


@only_when_long
def test_offline_takes_no_longer_than_online(
    made: Made, make_host: MakeHost, network: Network, mail: None
) -> None:
    """Both from a bare Debian 12 to the end of the same install, launcher and all; one after the other."""
    online, offline = make_host("online", "bookworm"), bare_host("alone", made, make_host, network)
    town.bring_clone(online)
    online.write(CONFIG, town.config(network), 0o600)
    begun = time.monotonic()
    town.civic(online, "install", "--config", CONFIG)
    between = time.monotonic()
    civic(offline, "install")
    online_seconds, offline_seconds = between - begun, time.monotonic() - between
    print(
        f"online {online_seconds:.1f} s, offline {offline_seconds:.1f} s, ratio {offline_seconds / online_seconds:.2f}"
    )
    assert offline_seconds <= online_seconds
