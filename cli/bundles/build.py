"""Build a bundle: the wheel of this code, the wheels of its packages, Debian's packages, the launcher; listed, then signed.

The same inputs make the same bytes. What a bundle is called newer by is the second of the clone's last commit.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from app.version import __version__
from cli import assets, parcel, run
from cli.bundles import archive, debs, lock, notes, sbom, signatures, verify, wheels
from cli.bundles import keys as folder_of_keys
from cli.bundles.debs import packages_file
from cli.bundles.keys import Keys
from cli.bundles.manifest import NAME, Manifest, Member
from cli.console import Console
from cli.errors import WrongUse

LAUNCHER = ("civic", "environment.sh", "bundle.sh")


@dataclass(frozen=True)
class Wish:
    """What a bundle shall hold. `signing`: private keys; `keys`: the folder of public ones that it brings."""

    out: Path | None = None
    pythons: Sequence[str] = wheels.PYTHONS
    machines: Sequence[str] = ("x86_64",)
    debians: Sequence[str] = ()
    days: int = 365
    counter: int | None = None
    keys: Path | None = None
    signing: Sequence[Path] = field(default_factory=tuple)


def build(console: Console, wish: Wish) -> Path:
    """Make the bundle's file and return its path.

    Raises: WrongUse, Failure.
    """
    _require_possible(wish)
    counter = wish.counter if wish.counter is not None else _last_commit()
    brought = folder_of_keys.load(wish.keys or assets.path_of("deploy/keys"))
    with tempfile.TemporaryDirectory(prefix="civic-bundle-") as name:
        folder = Path(name)
        packed = parcel.pack(_made(folder / "parcel"))
        members: dict[str, Path] = {packed.wheel.name: packed.wheel, verify.LOCK: packed.folder / verify.LOCK}
        members |= _wheels(console, wish, members[verify.LOCK], folder)
        members |= _debs(console, wish, folder)
        members |= _texts(brought, folder)
        with console.step("List and pack", 5):
            hashes = {member: _sha256(path) for member, path in members.items()}
            bill = _written(folder / "SBOM.json", sbom.of(__version__, _only(members, ".whl"), hashes))
            members["SBOM.json"], hashes["SBOM.json"] = bill, _sha256(bill)
            listed = Manifest(
                version=__version__,
                release=packed.release,
                wheel=packed.wheel.name,
                counter=counter,
                expires_on=Manifest.day_of(counter) + timedelta(days=wish.days),
                machines=tuple(wish.machines),
                pythons=tuple(wish.pythons),
                debians=tuple(wish.debians),
                members=tuple(
                    Member(one, hashes[one], members[one].stat().st_size) for one in sorted(members)
                ),
            )
            text = listed.text().encode()
            signed = [signatures.sign(text, key, signatures.BUNDLE) for key in wish.signing]
            out = wish.out or Path(f"civic-{__version__}.bundle")
            whole = [(one, members[one]) for one in sorted(members)]
            archive.write(out, [(NAME, text), *_numbered(signed), *whole])
    return out


def _require_possible(wish: Wish) -> None:
    known = {
        "--wheels-for": (wish.pythons, wheels.PYTHONS),
        "--machines": (wish.machines, tuple(debs.ARCHITECTURES)),
        "--debs": (wish.debians, debs.CODENAMES),
    }
    faults = [
        f"{option}: {word!r} is none of {', '.join(right)}."
        for option, (given, right) in known.items()
        for word in given
        if word not in right
    ]
    faults += [f"--key: {key} is not there." for key in wish.signing if not key.is_file()]
    if wish.out is not None and not wish.out.parent.is_dir():
        faults.append(f"--out: the folder {wish.out.parent} is not there.")
    if faults:
        raise WrongUse("\n".join(faults), "civic bundle build --help")


def add_signature(file: Path, key: Path) -> None:
    """Sign a bundle once more; the file is replaced at once when the new one is whole."""
    text, signed = verify.front(file)
    signature = signatures.sign(text, key, signatures.BUNDLE)
    if signature in signed.values():
        return
    front = sum(
        archive.BLOCK + len(part) + len(archive.padding(len(part))) for part in (text, *signed.values())
    )
    beside = file.with_name(f".{file.name}.new")
    archive.write(beside, [(NAME, text), *_numbered([*signed.values(), signature])])
    with file.open("rb") as source, beside.open("r+b") as out:
        out.seek(-len(archive.END), 2)
        source.seek(front)
        shutil.copyfileobj(source, out, archive.CHUNK)
    beside.replace(file)


def _wheels(console: Console, wish: Wish, lock_file: Path, folder: Path) -> dict[str, Path]:
    pins = lock.parse(lock_file.read_text(encoding="utf-8"))
    found: dict[str, Path] = {}
    for machine in wish.machines:
        for python in wish.pythons:
            with console.step(f"Take the wheels for Python {python} ({machine})", 15):
                for path in wheels.collect(pins, python, machine, folder / f"wheels-{machine}-{python}"):
                    found[f"wheels/{path.name}"] = path
    return found


def _debs(console: Console, wish: Wish, folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for codename in wish.debians:
        together = _made(folder / f"debs-{codename}")
        for machine in wish.machines:
            with console.step(f"Take the packages of Debian {codename} ({machine})", 25):
                for path in debs.collect(codename, machine, folder / f"apt-{codename}-{machine}").glob(
                    "*.deb"
                ):
                    path.replace(together / path.name)
        names = [path.name for path in together.glob("*.deb")]
        _written(together / "Packages", packages_file(together, names))
        found |= {f"debs/{codename}/{path.name}": path for path in together.iterdir()}
    return found


def _texts(brought: Keys, folder: Path) -> dict[str, Path]:
    launcher = {f"deploy/{name}": assets.path_of(f"deploy/{name}") for name in LAUNCHER}
    keys = folder_of_keys.laid_out(brought, folder / "keys")
    clone = assets.clone()
    changelog = (clone / "CHANGELOG.md").read_text(encoding="utf-8") if clone else ""
    words = _written(folder / notes.NAME, notes.of(changelog, __version__))
    return {
        **launcher,
        **{f"{verify.KEYS}{name}": keys / name for name in folder_of_keys.FILES},
        "NOTES.md": words,
    }


def _numbered(signed: Sequence[bytes]) -> list[tuple[str, bytes | Path]]:
    return [(verify.signature_name(number), text) for number, text in enumerate(signed)]


def _last_commit() -> int:
    clone = assets.clone()
    done = run.capture(["git", "-C", clone, "log", "-1", "--format=%ct"]) if clone else None
    if done is None or not done.ok:
        raise WrongUse(
            "This is no git clone: its last commit cannot date the bundle.",
            "civic bundle build --counter SECONDS",
        )
    return int(done.out)


def _only(members: dict[str, Path], ending: str) -> dict[str, Path]:
    return {name: path for name, path in members.items() if name.endswith(ending)}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return archive.digest(iter(lambda: stream.read(archive.CHUNK), b""))
