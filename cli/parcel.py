"""What travels to a host: the wheel of this code, the lock of the packages that it needs and, from a bundle, those packages."""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from app.version import __version__
from cli import assets
from cli.bundles.keys import Keys
from cli.errors import Failure

LOCK = "requirements.lock"
PACKAGES = "packages.tar"
COUNTER = "counter"


@dataclass(frozen=True)
class Parcel:
    """A folder with one wheel and one lock, and the name that the release will have on a host.

    From a bundle also `packages`, a tar with wheels/ and debs/ for that host, and the `keys` to trust from then on.
    """

    folder: Path
    wheel: Path
    release: str
    packages: Path | None = None
    keys: Keys | None = None

    @property
    def wheel_sha256(self) -> str:
        """The wheel's hash: what makes two releases of one version the same or not."""
        return hashlib.sha256(self.wheel.read_bytes()).hexdigest()


def pack(folder: Path) -> Parcel:
    """Make the parcel in `folder`: built from the clone, or taken from the release that this command belongs to.

    A clone may change while its version stays, so a release from a clone is named by its content too: `1.2.0-3fa4c1d2`.

    Raises: Failure when this copy is neither.
    """
    clone = assets.clone()
    if clone is None:
        return _from_release(folder)
    from hatchling.builders.wheel import WheelBuilder

    built = next(iter(WheelBuilder(str(clone)).build(directory=str(folder), versions=["standard"])))
    shutil.copyfile(assets.path_of("deploy") / LOCK, folder / LOCK)
    wheel = Path(built)
    return Parcel(folder, wheel, f"{__version__}-{hashlib.sha256(wheel.read_bytes()).hexdigest()[:8]}")


def is_of_this_code(wheel: Path) -> bool:
    """Whether this command was installed from that wheel: the same files with the same hashes. A clone never was."""
    if assets.clone() is not None:
        return False
    with zipfile.ZipFile(wheel) as packed:
        name = next(name for name in packed.namelist() if name.endswith(".dist-info/RECORD"))
        wanted = packed.read(name).decode().splitlines()
    here = set((metadata.distribution("civic").read_text("RECORD") or "").splitlines())
    return all(line in here for line in wanted if line.startswith(("app/", "cli/")))


def _from_release(folder: Path) -> Parcel:
    source = Path(sys.prefix).parent / "source"
    wheels = sorted(source.glob(f"civic-{__version__}-*.whl"))
    if not wheels:
        raise Failure(
            "This copy of civic carries no wheel of itself.",
            "Nothing was changed.",
            "Run it from a clone, or on a host where it is installed.",
        )
    for file in source.iterdir():
        shutil.copyfile(file, folder / file.name)
    packages = folder / PACKAGES
    return Parcel(
        folder, folder / wheels[0].name, source.parent.name, packages if packages.exists() else None
    )
