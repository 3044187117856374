"""Debian's packages in a bundle: what an install needs and a minimal Debian lacks, taken with apt from this machine's sources.

The newest version of each that the sources have, their signatures checked by apt. `Packages` lists them, so that the folder is
a repository that apt on a host can install from.
"""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from cli import run
from cli.errors import Failure, WrongUse

WANTED = (
    "python3",
    "python3-venv",
    "ca-certificates",
    "openssh-client",
    "caddy",
    "postgresql",
    "nftables",
    "restic",
    "age",
    "postfix",
    "opendkim",
    "openssl",
)
CODENAMES = ("bookworm", "trixie")
MINIMAL = ("?essential", "?priority(required)", "apt")
PARTS = ("", "-updates", "-security")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Apt:
    """An apt of its own in `folder`, for one release of Debian and one architecture; the machine's apt is not touched."""

    folder: Path
    codename: str
    architecture: str

    def run(self, program: str, *words: str) -> str:
        """Its output.

        Raises: Failure with its last words.
        """
        options = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "Dir::Etc::Preferences": "-",
            "Dir::Etc::PreferencesParts": "-",
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
        }
        said = [f"-o{name}={value}" for name, value in options.items()]
        return run.require(
            [program, "-q", *said, *words],
            failed=f"apt could not take the packages of Debian {self.codename}.",
            standing="No bundle was made.",
            then="Look at apt's sources of this machine, then run the same command again.",
            env={"LC_ALL": "C.UTF-8"},
            cwd=self.folder / "debs",
        ).out

    def begin(self) -> None:
        """Folders, sources, lists."""
        for name in ("state/lists/partial", "cache/archives/partial", "debs"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "status").touch()
        lines = sources(
            _texts_of_this_machine(),
            platform.freedesktop_os_release().get("VERSION_CODENAME", ""),
            self.codename,
        )
        (self.folder / "sources.list").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self.run("apt-get", "update")

    def would_install(self, *names: str) -> dict[str, str]:
        """Version by name of all that comes with these packages on an empty machine."""
        said = self.run("apt-get", "install", "--simulate", "--yes", *names)
        return dict(re.findall(r"^Inst (\S+) \((\S+) ", said, flags=re.MULTILINE))

    def download(self, wanted: dict[str, str]) -> None:
        """The packages' files, into the folder `debs`."""
        self.run("apt-get", "download", *(f"{name}={version}" for name, version in sorted(wanted.items())))


def collect(codename: str, machine: str, folder: Path) -> Path:
    """A folder with the packages for one release of Debian, and the list `Packages` of them.

    A package that a minimal Debian has is in it only when another one needs exactly its version.
    """
    apt = Apt(folder, codename, ARCHITECTURES[machine])
    apt.begin()
    minimal = apt.would_install(*MINIMAL)
    together = apt.would_install(*MINIMAL, *WANTED)
    wanted = {name: version for name, version in together.items() if name not in minimal}
    found: set[str] = set()
    while wanted:
        apt.download(wanted)
        found |= set(wanted)
        texts = [_control(path) for path in (folder / "debs").glob("*.deb")]
        tied = {name for text in texts for name in exact_dependencies(text)} & set(minimal)
        wanted = {name: together[name] for name in tied - found}
    return folder / "debs"


def packages_file(folder: Path, names: list[str]) -> str:
    """The list that apt reads of a folder: control text, file name, size and hash of each."""
    parts = []
    for name in sorted(names):
        raw = (folder / name).read_bytes()
        control = _control(folder / name).rstrip("\n")
        parts.append(
            f"{control}\nFilename: ./{name}\nSize: {len(raw)}\nSHA256: {hashlib.sha256(raw).hexdigest()}\n"
        )
    return "\n".join(parts)


def exact_dependencies(control: str) -> set[str]:
    """The packages whose version a package binds."""
    lines = re.findall(r"^(?:Pre-)?Depends: (.*)$", control, flags=re.MULTILINE)
    return {name for line in lines for name in re.findall(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)? \(= ", line)}


def sources(texts: list[str], own: str, wanted: str) -> list[str]:
    """Lines of apt's sources for Debian `wanted`, from those of a machine that runs Debian `own`.

    Raises: WrongUse when it has none.
    """
    found: list[tuple[str, str]] = []
    for text in texts:
        found += _one_line(text) if not re.search(r"^URIs:", text, flags=re.MULTILINE) else _stanzas(text)
    suites = {f"{own}{part}": f"{wanted}{part}" for part in PARTS}
    lines = [
        f"deb [signed-by={KEYRING}] {uri} {suites[suite]} main" for uri, suite in found if suite in suites
    ]
    if not own or not lines:
        raise WrongUse(
            "apt's sources of this machine are not those of a Debian.",
            "Build on Debian, or leave --debs out.",
        )
    return list(dict.fromkeys(lines))


def _one_line(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^deb (?:\[.*?\] )?(\S+) (\S+) ", text, flags=re.MULTILINE)


def _stanzas(text: str) -> list[tuple[str, str]]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(\w[\w-]*): *(.*)$", stanza, flags=re.MULTILINE))
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes") != "no":
            found += [
                (uri, suite)
                for uri in fields.get("URIs", "").split()
                for suite in fields.get("Suites", "").split()
            ]
    return found


def _texts_of_this_machine() -> list[str]:
    folder = Path("/etc/apt")
    files = [
        folder / "sources.list",
        *sorted(folder.glob("sources.list.d/*.list")),
        *sorted(folder.glob("sources.list.d/*.sources")),
    ]
    return [file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()]


def _control(deb: Path) -> str:
    done = run.capture(["dpkg-deb", "--field", deb])
    if not done.ok:
        raise Failure(
            f"{deb.name} is not a package: {done.last_words}",
            "No bundle was made.",
            "Run the same command again.",
        )
    return done.out
