"""Stores with the real restic and the real age: what goes in comes back; what is not as it must be is refused by its reason."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.sets import manifest
from cli.sets.manifest import DamagedSet, Fingerprint, Manifest, Release, Table
from cli.sets.records import Records
from cli.sets.stores.age import AgeStore
from cli.sets.stores.restic import ResticStore
from cli.sets.stores.store import Keys, Place, Store, StoreFault, at
from tests import s3

pytestmark = pytest.mark.skipif(
    not (shutil.which("restic") and shutil.which("age")), reason="restic and age are not installed"
)
PASSWORD = "correct horse battery staple"
KINDS = ("restic", "age")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "ops"
    folder.mkdir()
    return Records(folder)


def recipient(identity: Path) -> str:
    return subprocess.run(
        ["age-keygen", "-y", identity], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def keys(identity: Path) -> Keys:
    return Keys(PASSWORD, (recipient(identity),), identity)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys, records: Records) -> Store:
    """A store that is there, and empty."""
    made = make(request.param, tmp_path, keys, records)
    made.require(0)
    return made


def make(kind: str, tmp_path: Path, keys: Keys, records: Records) -> Store:
    place = Place("local", f"{'age:' * (kind == 'age')}{tmp_path}/{kind}", keys, records)
    if kind == "age":
        (tmp_path / kind).mkdir(exist_ok=True)
        return AgeStore(place)
    return ResticStore(place, tmp_path / "cache")


def a_set(folder: Path, made_at: datetime | None = None, more: bytes = b"") -> Manifest:
    """A set of a few files."""
    files = {
        "database/civic.dump": b"PGDMP" + more,
        "database/ballot_hopper.copy": b"",
        "database/ballot_box.copy": b"1\tab\n",
        "settings/civic.env": b"CIVIC_X=1\n",
        "uploads/projects/plaza \xc3\xb1.png".encode("latin-1").decode(): os.urandom(3000),
    }
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    os.link(folder / "settings/civic.env", folder / "settings/again.env")  # two names of one file
    parts = {name: manifest.part_of(path) for name, path in manifest.walk(folder)}
    at_ = made_at or datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    told = Manifest(
        f"{at_:%Y%m%dT%H%M%SZ}-3fa4",
        at_,
        "nightly",
        "participe.example.org",
        Release("1.2.0", "1.2.0", "0" * 64),
        "0006",
        15,
        Fingerprint({"ballot_box": Table(1, "f" * 16)}, manifest.files_of(parts)),
        parts,
        None,
    )
    manifest.write(folder, told)
    return told


def fails(code: str) -> pytest.RaisesExc[StoreFault]:
    return pytest.raises(StoreFault, check=lambda fault: fault.code == code)


def test_what_goes_in_comes_back_whole(store: Store, tmp_path: Path) -> None:
    told = a_set(tmp_path / "set")
    store.push(tmp_path / "set", told)
    (entry,) = store.list_sets()
    assert (entry.id, entry.made_at) == (told.id, told.made_at)
    assert entry.bytes >= told.bytes
    (tmp_path / "back").mkdir()
    store.fetch(told.id, tmp_path / "back")
    assert manifest.check_folder(tmp_path / "back") == told
    store.check(deep=True)


def test_sets_are_listed_by_age_and_go_one_by_one(store: Store, tmp_path: Path) -> None:
    nights = [datetime(2026, 11, day, 3, 0, tzinfo=UTC) for day in (3, 1, 2)]
    for number, night in enumerate(nights):
        store.push(tmp_path / f"{number}", a_set(tmp_path / f"{number}", night))
    assert [entry.made_at.day for entry in store.list_sets()] == [1, 2, 3]
    store.delete([store.list_sets()[0].id])
    assert [entry.made_at.day for entry in store.list_sets()] == [2, 3]
    (tmp_path / "back").mkdir()
    store.fetch(store.list_sets()[0].id, tmp_path / "back")
    manifest.check_folder(tmp_path / "back")


def test_a_set_that_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    with fails("MISSING"):
        store.fetch("20260101T000000Z-0000", tmp_path / "back")


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_has_gone_is_missing_and_not_made_anew(
    kind: str, tmp_path: Path, keys: Keys, records: Records
) -> None:
    store = make(kind, tmp_path, keys, records)
    store.require(0)
    shutil.rmtree(tmp_path / kind)
    (tmp_path / kind).mkdir()  # what an unmounted disk leaves: its empty mount point
    with fails("MISSING"):
        store.require(0)
    with fails("MISSING"):
        store.push(tmp_path / "set", a_set(tmp_path / "set"))
    assert list((tmp_path / kind).iterdir()) == []


def test_a_folder_for_files_must_be_there(tmp_path: Path, keys: Keys, records: Records) -> None:
    with fails("MISSING"):
        at("usb", f"age:{tmp_path}/nowhere", keys, records).require(0)


def test_a_repository_that_is_there_already_is_taken_up(tmp_path: Path, keys: Keys, records: Records) -> None:
    make("restic", tmp_path, keys, records).require(0)
    (tmp_path / "other").mkdir()
    other = make("restic", tmp_path, keys, Records(tmp_path / "other"))
    other.require(0)
    assert other.list_sets() == []


def test_another_password_is_refused_and_nothing_is_made(
    tmp_path: Path, keys: Keys, records: Records
) -> None:
    make("restic", tmp_path, keys, records).require(0)
    before = sorted(tmp_path.joinpath("restic/keys").iterdir())
    with fails("KEY"):
        make("restic", tmp_path, Keys("another password entirely"), records).require(0)
    assert sorted(tmp_path.joinpath("restic/keys").iterdir()) == before


def test_without_a_key_nothing_is_begun(tmp_path: Path, records: Records) -> None:
    for kind in KINDS:
        with fails("KEY"):
            make(kind, tmp_path, Keys(), records).require(0)


def test_another_key_of_age_does_not_open_a_set(tmp_path: Path, keys: Keys, records: Records) -> None:
    store = make("age", tmp_path, keys, records)
    told = a_set(tmp_path / "set")
    store.require(told.bytes)
    store.push(tmp_path / "set", told)
    subprocess.run(["age-keygen", "-o", tmp_path / "other.txt"], check=True, capture_output=True)
    for identity_file in (tmp_path / "other.txt", None):
        (tmp_path / "back").mkdir(exist_ok=True)
        with fails("KEY"):
            make("age", tmp_path, Keys("", keys.recipients, identity_file), records).fetch(
                told.id, tmp_path / "back"
            )
        assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize("how", ["flipped", "cut short", "empty"])
def test_a_damaged_file_of_age_is_refused(how: str, tmp_path: Path, keys: Keys, records: Records) -> None:
    store = make("age", tmp_path, keys, records)
    told = a_set(tmp_path / "set", more=os.urandom(200_000))
    store.require(told.bytes)
    store.push(tmp_path / "set", told)
    (file,) = (tmp_path / "age").glob("*.age")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes({"flipped": content, "cut short": content[:150_000], "empty": b""}[how])
    (tmp_path / "back").mkdir()
    with fails("DAMAGED"):
        store.fetch(told.id, tmp_path / "back")


@pytest.mark.parametrize("what", ["a link", "a device", "an absolute name", "a name that leads out"])
def test_a_file_of_age_writes_only_plain_files_within_the_folder(
    what: str, tmp_path: Path, keys: Keys, records: Records
) -> None:
    import io
    import tarfile

    name = {"an absolute name": f"{tmp_path}/out", "a name that leads out": "../out"}.get(what, "database/x")
    member = tarfile.TarInfo(name)
    member.type = {"a link": tarfile.SYMTYPE, "a device": tarfile.CHRTYPE}.get(what, tarfile.REGTYPE)
    member.linkname, member.size = "/etc/passwd", 2 if member.isreg() else 0
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(member, io.BytesIO(b"hi"))
    store = make("age", tmp_path, keys, records)
    store.require(0)
    to = tmp_path / "age/20260101T000000Z-0000.civicset.age"
    subprocess.run(["age", "-r", keys.recipients[0], "-o", to], input=packed.getvalue(), check=True)
    (tmp_path / "back").mkdir()
    with pytest.raises(DamagedSet, match="not a file within the set"):
        store.fetch("20260101T000000Z-0000", tmp_path / "back")
    assert not [path for path in (tmp_path / "back").rglob("*") if not path.is_dir()]
    assert not (tmp_path / "out").exists()


def test_a_flipped_byte_in_a_repository_is_seen_when_every_byte_is_read(
    tmp_path: Path, keys: Keys, records: Records
) -> None:
    store = make("restic", tmp_path, keys, records)
    store.require(0)
    told = a_set(tmp_path / "set", more=os.urandom(50_000))
    store.push(tmp_path / "set", told)
    pack = max((tmp_path / "restic/data").rglob("*"), key=lambda path: path.stat().st_size * path.is_file())
    pack.chmod(0o600)
    content = bytearray(pack.read_bytes())
    content[100] ^= 1
    pack.write_bytes(content)
    with fails("DAMAGED"):
        store.check(deep=True)


def test_a_lock_that_a_killed_restic_left_is_taken_away(tmp_path: Path, keys: Keys, records: Records) -> None:
    store = make("restic", tmp_path, keys, records)
    store.require(0)
    told = a_set(tmp_path / "set", more=os.urandom(60_000_000))
    env = {**os.environ, "RESTIC_PASSWORD": PASSWORD, "RESTIC_CACHE_DIR": str(tmp_path / "cache/restic")}
    pushing = subprocess.Popen(
        ["restic", "-r", tmp_path / "restic", "backup", "."], cwd=tmp_path / "set", env=env
    )
    wait_for_lock(tmp_path / "restic/locks")
    pushing.send_signal(signal.SIGKILL)
    pushing.wait()
    assert list((tmp_path / "restic/locks").iterdir())
    store.push(tmp_path / "set", told)
    store.delete([told.id])  # prunes, for which it must be alone
    assert store.list_sets() == []


def test_a_lock_of_another_machine_is_left_alone(tmp_path: Path, keys: Keys, records: Records) -> None:
    store = make("restic", tmp_path, keys, records)
    store.require(0)
    told = a_set(tmp_path / "set")
    store.push(tmp_path / "set", told)
    env = {**os.environ, "RESTIC_PASSWORD": PASSWORD, "RESTIC_CACHE_DIR": str(tmp_path / "cache/restic")}
    elsewhere = [
        "unshare",
        "--uts",
        "sh",
        "-c",
        f"hostname elsewhere; exec restic -r {tmp_path}/restic backup --stdin",
    ]
    other = subprocess.Popen(elsewhere, stdin=subprocess.PIPE, env=env)
    try:
        wait_for_lock(tmp_path / "restic/locks")
        with fails("LOCKED"):
            store.delete([told.id])
        assert list((tmp_path / "restic/locks").iterdir())
    finally:
        other.kill()
        other.wait()
        assert other.stdin is not None
        other.stdin.close()
    assert [entry.id for entry in store.list_sets()] == [told.id]


def wait_for_lock(locks: Path) -> None:
    ends = time.monotonic() + 60
    while not list(locks.iterdir()):
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    mount = tmp_path / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", mount], check=True)
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_a_full_store_is_refused_before_anything_is_written(
    small_disk: Path, keys: Keys, records: Records, tmp_path: Path
) -> None:
    (small_disk / "age").mkdir()
    for where in (f"{small_disk}/restic", f"age:{small_disk}/age"):
        with fails("FULL"):
            at("full", where, keys, records).require(2 * 2**30)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_fills_up_keeps_what_it_has(
    kind: str, small_disk: Path, keys: Keys, records: Records, tmp_path: Path
) -> None:
    store = make(kind, small_disk, keys, records)
    first = a_set(tmp_path / "first", datetime(2026, 11, 1, tzinfo=UTC))
    store.require(first.bytes)
    store.push(tmp_path / "first", first)
    with (small_disk / "other").open("wb") as file:
        file.write(b"x" * 50_000_000)
    second = a_set(tmp_path / "second", datetime(2026, 11, 2, tzinfo=UTC), os.urandom(20_000_000))
    with fails("FULL"):
        store.push(tmp_path / "second", second)
    (small_disk / "other").unlink()
    assert [entry.id for entry in store.list_sets()] == [first.id]
    (tmp_path / "back").mkdir()
    store.fetch(first.id, tmp_path / "back")
    assert manifest.check_folder(tmp_path / "back") == first
    store.push(tmp_path / "second", second)
    assert len(store.list_sets()) == 2


def test_a_store_that_does_not_answer_says_so(keys: Keys, records: Records, tmp_path: Path) -> None:
    place = Place("vault", "sftp:root@127.0.0.1:/nowhere", keys, records)
    with fails("UNREACHABLE"):
        ResticStore(place, tmp_path / "cache").require(0)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server."""
    with s3.server() as address:
        yield address


def test_a_set_goes_to_a_bucket_and_comes_back(
    s3_server: str, keys: Keys, records: Records, tmp_path: Path
) -> None:
    with_key = replace(keys, s3_key_id="id", s3_secret="secret")
    place = Place("cloud", f"s3:{s3_server}/civic-sets", with_key, records)
    store = ResticStore(place, tmp_path / "cache")
    store.require(0)
    first, second = (
        a_set(tmp_path / name, datetime(2026, 11, day, tzinfo=UTC)) for name, day in (("a", 1), ("b", 2))
    )
    store.push(tmp_path / "a", first)
    store.push(tmp_path / "b", second)
    store.delete([first.id])
    (entry,) = store.list_sets()
    (tmp_path / "back").mkdir()
    store.fetch(entry.id, tmp_path / "back")
    assert manifest.check_folder(tmp_path / "back") == second
    store.check(deep=True)
    gone = ResticStore(replace(place, where=f"s3:{s3_server}/another-bucket"), tmp_path / "cache")
    records.remember_place("cloud", gone.where)
    with fails("MISSING"):
        gone.require(0)
    with fails("KEY"):
        ResticStore(replace(place, keys=replace(with_key, s3_secret="")), tmp_path / "cache").require(0)
