"""What a bundle is built from: the lock read, Debian's sources, the bill of materials, the notes; and the same bytes twice."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.version import __version__
from cli import assets, parcel
from cli.bundles import build, debs, lock, notes, sbom, verify
from cli.bundles.build import Wish
from cli.bundles.keys import from_files, laid_out, load
from cli.console import Console
from cli.errors import WrongUse
from cli.main import civic
from tests.cli.bundle_maker import PACKAGE, Maker, draw_key, signers, wheel, yesterday
from tests.guards.files import ROOT

LOCKED = lock.parse((ROOT / "deploy/requirements.lock").read_text(encoding="utf-8"))


def test_the_lock_of_this_clone_is_read_for_each_python() -> None:
    for python in ("3.11", "3.12", "3.13"):
        names = [pin.name for pin in LOCKED if pin.is_for(python)]
        assert sorted(set(names)) == sorted(names)
        assert {"flask", "numpy", "ansible-core", "psycopg-binary", "cffi"} <= set(names)
    assert all(pin.hashes and all(len(one) == 64 for one in pin.hashes) for pin in LOCKED)
    with pytest.raises(ValueError, match="not a line"):
        lock.parse("flask>=3\n")


@pytest.mark.parametrize(
    ("wheel", "python", "suits"),
    [
        ("a-1.0-py3-none-any.whl", "3.13", True),
        ("a-1.0-py2.py3-none-any.whl", "3.11", True),
        ("a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "3.11", True),
        ("a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "3.13", False),
        ("a-1.0-cp311-abi3-manylinux_2_34_x86_64.whl", "3.13", True),
        ("a-1.0-cp312-abi3-manylinux_2_34_x86_64.whl", "3.11", False),
        ("a-1.0-cp39-abi3-manylinux_2_34_x86_64.whl", "3.11", True),
    ],
)
def test_a_wheel_suits_a_python_or_not(wheel: str, python: str, suits: bool) -> None:
    assert lock.suits(wheel, python, "x86_64") is suits
    assert not lock.suits(wheel, python, "aarch64") or wheel.endswith("-any.whl")


def test_sources_of_another_debian_come_from_this_machine_s_and_no_others() -> None:
    stanzas = (
        "Types: deb\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n"
    )
    stanzas += "Types: deb-src\nURIs: http://a.example/debian\nSuites: bookworm\n\nTypes: deb\nURIs: http://b.example/sec\n"
    stanzas += (
        "Suites: bookworm-security\n\nEnabled: no\nTypes: deb\nURIs: http://off.example\nSuites: bookworm\n"
    )
    lines = "deb [arch=amd64] http://c.example/debian bookworm main contrib\n"
    lines += "deb http://d.example other-bookworm main\n# deb http://e.example bookworm main\n"
    found = debs.sources([stanzas, lines], "bookworm", "trixie")
    assert [line.split()[2:4] for line in found] == [
        ["http://a.example/debian", "trixie"],
        ["http://a.example/debian", "trixie-updates"],
        ["http://b.example/sec", "trixie-security"],
        ["http://c.example/debian", "trixie"],
    ]
    with pytest.raises(WrongUse):
        debs.sources([lines], "noble", "trixie")


def test_a_package_that_is_bound_to_a_version_is_named() -> None:
    control = "Package: perl\nDepends: perl-base (= 5.40.1-6), perl-modules-5.40 (>= 5.40), libperl5.40:any (= 5.40.1-6)\n"
    assert debs.exact_dependencies(control) == {"perl-base", "libperl5.40"}


def test_the_bundle_brings_every_package_that_the_playbooks_ask_for() -> None:
    asked: set[str] = set()
    for path in (ROOT / "ansible").rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith("names:"):
                asked |= {
                    word
                    for word in re.findall(r"[a-z][a-z0-9-]+", line.partition("names:")[2])
                    if "'" + word in line
                }
                asked |= (
                    set(re.findall(r"[a-z][a-z0-9-]+", line.partition("names:")[2]))
                    if "{{" not in line
                    else set()
                )
    assert {"caddy", "postgresql", "python3-venv"} <= asked <= set(debs.WANTED)


def test_the_bill_names_every_part_with_its_hash_and_licence(tmp_path: Path) -> None:
    wheel = tmp_path / "tiny_thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(
            "tiny_thing-1.0.dist-info/METADATA",
            "Name: tiny-thing\nVersion: 1.0\nLicense-Expression: MIT\n\nText",
        )
    member, deb = f"wheels/{wheel.name}", "debs/trixie/libnss3_2%3a3.110-1+deb13u5_amd64.deb"
    bill = json.loads(
        sbom.of("1.2.0", {member: wheel}, {member: "a" * 64, deb: "b" * 64, "NOTES.md": "c" * 64})
    )
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["component"]["version"]) == (
        "CycloneDX",
        "1.5",
        "1.2.0",
    )
    tiny, nss = bill["components"]
    assert (tiny["purl"], tiny["licenses"]) == ("pkg:pypi/tiny-thing@1.0", [{"expression": "MIT"}])
    assert tiny["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert (nss["name"], nss["version"]) == ("libnss3", "2:3.110-1+deb13u5")
    assert nss["purl"] == "pkg:deb/debian/libnss3@2%3A3.110-1%2Bdeb13u5?arch=amd64&distro=trixie"


def test_a_licence_is_told_in_the_form_that_a_wheel_tells_it() -> None:
    assert sbom.licences(None, "BSD\nlong text", []) == [{"license": {"name": "BSD"}}]
    assert sbom.licences(None, "x" * 80, ["License :: OSI Approved :: MIT License"]) == [
        {"license": {"name": "MIT License"}}
    ]
    assert sbom.licences(None, None, []) == []


def test_the_notes_are_those_of_the_version_else_what_is_not_released_yet() -> None:
    text = "# Changes\n\n## [Unreleased]\n- soon\n\n## [1.2.0] - 2027-01-01\n- a page\n\n## [1.1.0]\n- old\n"
    assert notes.of(text, "1.2.0") == "- a page\n"
    assert notes.of(text, "9.0.0") == "- soon\n"
    assert notes.of("", "1.0.0") == ""


def test_keys_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    for threshold in ("0", "2", "x", "-1"):
        with pytest.raises(WrongUse, match="threshold"):
            from_files({"allowed_signers": "a ssh-ed25519 AAAA\n", "threshold": threshold})
    with pytest.raises(WrongUse, match="allowed_signers"):
        load(tmp_path)
    assert load(ROOT / "deploy/keys").threshold == 1


def test_a_bundle_of_this_clone_is_built_twice_the_same(tmp_path: Path) -> None:
    """Without wheels, for speed; those are files that were downloaded, and their hashes are the lock's."""
    anne = draw_key(tmp_path, "anne")
    folder = laid_out(signers(anne), tmp_path / "keys")
    files = []
    for name in ("one", "two"):
        wish = Wish(
            out=tmp_path / name, pythons=(), counter=1_800_000_000, days=3650, keys=folder, signing=(anne,)
        )
        files.append(build.build(Console(quiet=True), wish))
        time.sleep(1.1)
        os.umask(os.umask(0o077) ^ 0o055)
    assert files[0].read_bytes() == files[1].read_bytes()
    found = verify.verify(files[0], signers(anne))
    made = tmp_path / "parcel"
    made.mkdir()
    assert (found.manifest.release, found.manifest.version) == (parcel.pack(made).release, __version__)
    names = {member.name for member in found.manifest.members}
    assert {"SBOM.json", "NOTES.md", "requirements.lock", "deploy/civic", "deploy/bundle.sh"} <= names
    with tarfile.open(files[0]) as packed:
        carried = packed.extractfile(found.manifest.wheel)
        assert carried is not None
        inside = zipfile.ZipFile(io.BytesIO(carried.read())).namelist()
    assert {"cli/_carried/ansible/playbooks/install.yml", "cli/_carried/deploy/requirements.lock"} <= set(
        inside
    )
    assert any(name.startswith("app/migrations/") for name in inside)
    assert any(name.startswith("app/core/static/") for name in inside)


def test_the_last_commit_dates_a_bundle(tmp_path: Path) -> None:
    clone = assets.clone()
    assert clone is not None
    last = subprocess.run(
        ["git", "-C", clone, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True
    )
    said = CliRunner().invoke(
        civic, ["bundle", "build", "--wheels-for", "", "--out", str(tmp_path / "b"), "--json"]
    )
    assert (said.exit_code, json.loads(said.output.splitlines()[-1])["signatures"]) == (0, 0)
    text, _ = verify.front(tmp_path / "b")
    assert json.loads(text)["counter"] == int(last.stdout)


def test_the_launcher_says_what_is_missing(tmp_path: Path) -> None:
    for name in ("civic", "environment.sh", "bundle.sh"):
        target = tmp_path / "deploy" / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ROOT / "deploy" / name).read_bytes())
    (tmp_path / "deploy/civic").chmod(0o755)
    alone = subprocess.run(
        [tmp_path / "deploy/civic", "install"], capture_output=True, text=True, check=False
    )
    assert (alone.returncode, "--bundle FILE" in alone.stderr) == (1, True)
    absent = subprocess.run(
        [tmp_path / "deploy/civic", "install", "--bundle=/no", "--keys", "/none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (absent.returncode, "MISSING: /no" in absent.stderr) == (3, True)
    (tmp_path / "bundle").touch()
    keyless = [
        tmp_path / "deploy/civic",
        "install",
        "--bundle",
        tmp_path / "bundle",
        "--keys",
        ROOT / "deploy/keys",
    ]
    said = subprocess.run(keyless, capture_output=True, text=True, check=False)
    assert (said.returncode, "NO_KEYS" in said.stderr) == (3, True)


def test_the_launcher_refuses_what_is_past_its_day_signed_by_others_or_changed(tmp_path: Path) -> None:
    anne, stranger = draw_key(tmp_path, "anne"), draw_key(tmp_path, "stranger")
    trusted = laid_out(signers(anne, stranger, threshold=2), tmp_path / "keys")
    good = Maker(signers(anne), anne, stranger)
    past = dataclasses.replace(good.manifest(), expires_on=yesterday())
    files = {
        "EXPIRED": good.write(tmp_path / "past", past),
        "UNKNOWN_KEY": Maker(signers(anne), anne).write(tmp_path / "one"),
        "NOT_A_BUNDLE": tmp_path / "keys/threshold",
        "DAMAGED": good.write(tmp_path / "wheel", replaced={PACKAGE: wheel("tinz", "1.0")}),
    }
    for reason, file in files.items():
        words = [ROOT / "deploy/civic", "install", "--bundle", file, "--keys", trusted]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (said.returncode, said.stderr.split(":")[1].strip()) == (3, reason), said.stderr
        assert "Nothing was changed" in said.stderr


def test_a_wish_that_cannot_be_is_refused_with_all_its_faults() -> None:
    words = [
        "--wheels-for",
        "3.9",
        "--machines",
        "vax",
        "--debs",
        "../x",
        "--key",
        "/no/key",
        "--out",
        "/no/where/b",
    ]
    said = CliRunner().invoke(civic, ["bundle", "build", *words])
    assert said.exit_code == 2
    assert [word in said.output for word in ("'3.9'", "'vax'", "'../x'", "/no/key", "/no/where")] == [
        True
    ] * 5
