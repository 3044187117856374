"""Bundles: each kind of bad one is refused for its own reason, with nothing unpacked; a good one gives what it was given."""

from __future__ import annotations

import dataclasses
import io
import random
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from cli.bundles import archive, build, signatures, verify
from cli.bundles.keys import Keys
from cli.bundles.manifest import Member
from cli.bundles.opening import Machine, unpack
from cli.bundles.refusal import REASONS, BundleRefused
from cli.parcel import Parcel
from tests.cli.bundle_maker import COMPILED, PACKAGE, WHEEL, Maker, draw_key, signers, wheel, yesterday

HERE = Machine("3.11", "x86_64", "bookworm")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Private keys by the name of who holds them."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: draw_key(folder, name) for name in ("anne", "bruno", "carla", "stranger")}


@pytest.fixture
def keys(drawn: dict[str, Path]) -> Keys:
    """Two of three must sign."""
    return signers(drawn["anne"], drawn["bruno"], drawn["carla"], threshold=2)


@pytest.fixture
def maker(keys: Keys, drawn: dict[str, Path]) -> Maker:
    """A bundle signed by two, not yet written."""
    return Maker(keys, drawn["anne"], drawn["bruno"])


@pytest.fixture
def good(maker: Maker, tmp_path: Path) -> Path:
    """A bundle in order."""
    return maker.write(tmp_path / "good.bundle")


def opened(file: Path, folder: Path, keys: Keys | None, machine: Machine = HERE) -> Parcel:
    """The parcel of a bundle, as a machine would have it."""
    return unpack(verify.verify(file, keys, machine.newest), folder, machine)


def reason(file: Path, keys: Keys | None, machine: Machine = HERE) -> str:
    """Why it is refused; nothing may have been unpacked then."""
    folder = file.parent / "unpacked"
    folder.mkdir(exist_ok=True)
    with pytest.raises(BundleRefused) as refused:
        opened(file, folder, keys, machine)
    assert list(folder.iterdir()) == []
    assert refused.value.exit_code == 3
    assert refused.value.failed.startswith(f"{refused.value.reason}: ")
    return refused.value.reason


def test_a_good_bundle_says_who_signed_it_and_gives_what_one_machine_needs(
    good: Path, keys: Keys, tmp_path: Path
) -> None:
    found = verify.verify(good, keys)
    assert [signer.name for signer in found.signers] == ["anne@valclair.example", "bruno@valclair.example"]
    folder = tmp_path / "parcel"
    folder.mkdir()
    parcel = opened(good, folder, keys)
    assert (parcel.release, parcel.wheel.name, parcel.keys) == ("9.9.9-abcd1234", WHEEL, keys)
    assert parcel.wheel.read_bytes() == wheel("civic", "9.9.9")
    assert (folder / "counter").read_text() == "1760000000\n"
    assert parcel.packages is not None
    with tarfile.open(parcel.packages) as packed:
        assert packed.getnames() == [COMPILED, PACKAGE]


def test_plain_tar_reads_a_bundle(good: Path) -> None:
    listed = subprocess.run(["tar", "-tf", good], capture_output=True, text=True, check=True)
    assert listed.stdout.splitlines()[:3] == ["MANIFEST.json", "signatures/01.sig", "signatures/02.sig"]
    assert listed.stderr == ""


def test_the_same_parts_make_the_same_bytes_and_a_signature_can_come_later(
    maker: Maker, good: Path, drawn: dict[str, Path], tmp_path: Path
) -> None:
    assert maker.write(tmp_path / "again").read_bytes() == good.read_bytes()
    maker.signing = (drawn["anne"],)
    later = maker.write(tmp_path / "later")
    build.add_signature(later, drawn["bruno"])
    assert later.read_bytes() == good.read_bytes()
    build.add_signature(later, drawn["bruno"])
    assert later.read_bytes() == good.read_bytes()


def test_a_bundle_that_ends_early_is_refused_wherever_it_ends(good: Path, keys: Keys, tmp_path: Path) -> None:
    whole = good.read_bytes()
    cut = tmp_path / "cut"
    for length in (
        0,
        1,
        511,
        512,
        700,
        2000,
        len(whole) // 2,
        len(whole) - 1024,
        len(whole) - 512,
        len(whole) - 1,
    ):
        cut.write_bytes(whole[:length])
        assert reason(cut, keys) == "TRUNCATED", length


def test_a_flipped_bit_is_seen_in_every_region(good: Path, keys: Keys, tmp_path: Path) -> None:
    whole = good.read_bytes()
    flipped = tmp_path / "flipped"
    chance = random.Random(7)
    front = (len(whole) - archive.BLOCK) // 100
    for at in [*range(0, 512, 41), *range(512, len(whole), front)]:
        raw = bytearray(whole)
        raw[at] ^= 1 << chance.randrange(8)
        flipped.write_bytes(raw)
        assert reason(flipped, keys) in ("DAMAGED", "NAME", "LINK", "MEMBERS", "NOT_A_BUNDLE", "TRUNCATED"), (
            at
        )


def test_every_byte_behind_the_signatures_counts(good: Path) -> None:
    whole = good.read_bytes()
    stream = io.BytesIO(whole)
    stream.name = "whole"
    text, _ = verify.read_front(stream)
    start, listed = stream.tell(), verify.manifests.parse(text)
    for at in range(start, len(whole)):
        raw = bytearray(whole)
        raw[at] ^= 1 << (at % 8)
        changed = io.BytesIO(raw)
        changed.seek(start)
        with pytest.raises(BundleRefused):
            verify._walk(changed, listed)


def test_every_byte_of_a_signature_counts(good: Path) -> None:
    _, signed = verify.front(good)
    signature = signed["signatures/01.sig"]
    assert signatures._is_in_order(signature)
    whitespace = bytearray(signature)
    whitespace[signature.index(b"\n", 40)] = ord("\v")
    assert not signatures._is_in_order(bytes(whitespace))


@pytest.mark.parametrize(
    ("signing", "trusted", "why"),
    [
        (["stranger"], ["anne"], "UNKNOWN_KEY"),
        ([], ["anne"], "UNSIGNED"),
        (["anne"], ["anne", "bruno"], "THRESHOLD"),
        (["anne", "anne"], ["anne", "bruno"], "THRESHOLD"),
        (["anne", "stranger"], ["anne", "bruno"], "THRESHOLD"),
        (["anne"], [], "NO_KEYS"),
    ],
)
def test_signatures_that_are_not_enough(
    drawn: dict[str, Path], tmp_path: Path, signing: list[str], trusted: list[str], why: str
) -> None:
    trust = signers(*(drawn[name] for name in trusted), threshold=max(len(trusted), 1))
    bundle = Maker(trust, *(drawn[name] for name in signing)).write(tmp_path / "bundle")
    assert reason(bundle, trust) == why


def test_a_key_that_is_revoked_or_past_its_time_signs_nothing(drawn: dict[str, Path], tmp_path: Path) -> None:
    anne, bruno = drawn["anne"], drawn["bruno"]
    bundle = Maker(signers(anne, bruno), anne, bruno).write(tmp_path / "bundle")
    assert reason(bundle, signers(anne, bruno, revoked=(anne,))) == "REVOKED_KEY"
    assert reason(bundle, signers(anne, options=',valid-before="20200101"')) == "UNKNOWN_KEY"


def test_a_signature_made_for_something_else_is_none(maker: Maker, keys: Keys, tmp_path: Path) -> None:
    text = maker.manifest().text().encode()
    signed = [signatures.sign(text, key, "file") for key in maker.signing]
    file = tmp_path / "bundle"
    front = [("MANIFEST.json", text), *((verify.signature_name(n), one) for n, one in enumerate(signed))]
    archive.write(file, [*front, *sorted(maker.members.items())])
    assert reason(file, keys) == "DAMAGED"


def test_expired_older_and_foreign_bundles_are_refused(maker: Maker, keys: Keys, tmp_path: Path) -> None:
    def of(**facts: object) -> Path:
        return maker.write(tmp_path / "bundle", dataclasses.replace(maker.manifest(), **facts))  # type: ignore[arg-type]

    assert reason(of(expires_on=yesterday()), keys) == "EXPIRED"
    assert reason(of(), keys, dataclasses.replace(HERE, newest=1_760_000_001)) == "OLDER"
    assert reason(of(product="vote"), keys) == "FOREIGN"
    assert reason(of(format=2), keys) == "FOREIGN"
    assert reason(of(), keys, dataclasses.replace(HERE, architecture="aarch64")) == "FOREIGN"
    assert reason(of(), keys, dataclasses.replace(HERE, python="3.13")) == "FOREIGN"
    assert reason(of(debians=("trixie",)), keys) == "FOREIGN"
    verify.verify(of(), keys, newest=1_760_000_000)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "wheels/../../up", "./dot", "a//b", "a\\b", "tab\there"]
)
def test_names_that_lead_elsewhere_are_refused_though_they_are_signed(
    maker: Maker, keys: Keys, tmp_path: Path, name: str
) -> None:
    maker.members[name] = b"x"
    assert reason(maker.write(tmp_path / "bundle"), keys) == "NAME"


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("zzz", tarfile.SYMTYPE, "LINK"),
        ("wheels/aaa", tarfile.LNKTYPE, "LINK"),
        ("null", tarfile.CHRTYPE, "LINK"),
        ("disk", tarfile.BLKTYPE, "LINK"),
        ("pipe", tarfile.FIFOTYPE, "LINK"),
        ("folder", tarfile.DIRTYPE, "LINK"),
        ("/etc/cron.d/x", tarfile.REGTYPE, "NAME"),
        ("../x", tarfile.REGTYPE, "NAME"),
        ("more", tarfile.REGTYPE, "MEMBERS"),
    ],
)
@pytest.mark.parametrize("where", ["front", "end"])
def test_what_was_put_in_afterwards_is_refused(
    good: Path, keys: Keys, name: str, kind: bytes, why: str, where: str
) -> None:
    added = tarfile.TarInfo(name)
    added.type, added.linkname = kind, "/etc/shadow"
    with good.open("rb") as stream:
        verify.read_front(stream)
        at = stream.tell() if where == "front" else good.stat().st_size - len(archive.END)
    whole = good.read_bytes()
    good.write_bytes(whole[:at] + added.tobuf(tarfile.USTAR_FORMAT) + whole[at:])
    assert reason(good, keys) == why


def test_what_was_taken_out_or_exchanged_is_refused(maker: Maker, keys: Keys, tmp_path: Path) -> None:
    listed = maker.manifest()
    assert (
        reason(maker.write(tmp_path / "other", replaced={PACKAGE: wheel("tinz", "1.0")}), keys) == "DAMAGED"
    )
    assert (
        reason(maker.write(tmp_path / "longer", replaced={"NOTES.md": b"much more than was signed"}), keys)
        == "MEMBERS"
    )
    del maker.members[PACKAGE]
    assert reason(maker.write(tmp_path / "lacking", listed), keys) == "MEMBERS"
    twice = dataclasses.replace(
        listed, members=(*listed.members, Member("zzz", "0" * 64, 0), Member("zzz", "0" * 64, 0))
    )
    assert reason(maker.write(tmp_path / "twice", twice), keys) == "MEMBERS"


def test_a_package_that_the_lock_does_not_name_or_that_is_lacking_is_refused(
    maker: Maker, keys: Keys, tmp_path: Path
) -> None:
    maker.members[PACKAGE] = wheel("tinz", "1.0")
    assert reason(maker.write(tmp_path / "other"), keys) == "LOCK"
    del maker.members[PACKAGE]
    assert reason(maker.write(tmp_path / "lacking"), keys) == "LOCK"
    maker.members[PACKAGE] = wheel("tiny", "1.0")
    verify.verify(maker.write(tmp_path / "whole"), keys)
    maker.facts["machines"] = ("x86_64", "aarch64")
    assert reason(maker.write(tmp_path / "lacking-on-another"), keys) == "LOCK"


def test_what_is_no_bundle_at_all_is_refused(keys: Keys, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert reason(other, keys) == "MISSING"
    other.write_bytes(b"PK\3\4" + bytes(2000))
    assert reason(other, keys) == "NOT_A_BUNDLE"
    shutil.make_archive(str(other), "tar", Path(__file__).parent, "__init__.py")
    assert reason(Path(f"{other}.tar"), keys) == "NOT_A_BUNDLE"


def test_keys_change_by_a_bundle_that_old_and_new_ones_signed(drawn: dict[str, Path], tmp_path: Path) -> None:
    anne, bruno, carla = drawn["anne"], drawn["bruno"], drawn["carla"]
    old, new = signers(anne, bruno, threshold=2), signers(bruno, carla, threshold=2, revoked=(anne,))
    folder = tmp_path / "parcel"
    folder.mkdir()
    both = Maker(signers(bruno, carla, threshold=2), anne, bruno, carla).write(tmp_path / "both")
    assert opened(both, folder, old).keys == signers(bruno, carla, threshold=2)
    assert reason(Maker(new, bruno, carla).write(tmp_path / "new-only"), old) == "THRESHOLD"
    assert reason(Maker(signers(carla), anne, bruno).write(tmp_path / "locks-out"), old) == "UNKNOWN_KEY"
    verify.verify(Maker(new, bruno, carla).write(tmp_path / "next"), new)


def test_a_first_look_goes_by_the_keys_that_the_bundle_brings(
    good: Path, maker: Maker, tmp_path: Path
) -> None:
    found = verify.verify(good, None)
    assert found.keys.fingerprints() == [f"{one.fingerprint} {one.name}" for one in found.signers] + [
        found.keys.fingerprints()[2]
    ]
    assert reason(Maker(Keys("# nobody\n"), *maker.signing).write(tmp_path / "keyless"), None) == "NO_KEYS"


def test_every_reason_has_a_next_step() -> None:
    assert all(then.endswith((".", "FOLDER", "FOLDER.")) for then in REASONS.values())
