"""What a booted host takes over from the machine that runs the tests, so that its apt and pip reach what the outer ones reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
KEPT_BUNDLE = "/usr/local/share/outer-certificates.pem"
"""Where the outer machine's bundle lies inside: a package that rebuilds /etc/ssl/certs does not touch it."""
NEEDED = ("mmdebstrap", "systemd-nspawn", "nsenter", "nft", "ip", "ssh", "ssh-keygen")


def lacking() -> str:
    """Why hosts cannot be booted here; empty when they can."""
    if os.geteuid() != 0:
        return "booting hosts needs root"
    absent = [program for program in NEEDED if shutil.which(program) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt install mmdebstrap systemd-container nftables openssh-client)"
    return ""


def pip_configuration() -> dict[str, str]:
    """The outer pip's global options by name (`extra-index-url`), whatever file or variable they come from."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    options: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        options[name.rpartition(".")[2]] = value.strip("'\"").replace("\\n", " ")
    return options


def pip_paths() -> list[Path]:
    """Local folders and files that pip's options name; they are bound into the host read-only."""
    options = pip_configuration()
    options.pop("cert", None)  # the host has the bundle as a file of its own, which apt may replace
    words = " ".join(options.values()).split()
    paths = {Path(word.removeprefix("file://")) for word in words if word.startswith(("file:///", "/"))}
    roots = {path.parent if path.name == "simple" else path for path in paths}
    return sorted(path for path in roots if path.exists())


def bring_into(root: Path) -> None:
    """Write certificates, pip's options, apt's options and the resolver into the file tree `root`."""
    if BUNDLE.is_file():
        _write(root / KEPT_BUNDLE.lstrip("/"), BUNDLE.read_text(encoding="utf-8"))
        _write(root / str(BUNDLE).lstrip("/"), BUNDLE.read_text(encoding="utf-8"))
    for certificate in Path("/usr/local/share/ca-certificates").glob("*.crt"):
        _write(
            root / "usr/local/share/ca-certificates" / certificate.name,
            certificate.read_text(encoding="utf-8"),
        )
    options = {**pip_configuration(), "cert": KEPT_BUNDLE}
    _write(
        root / "etc/pip.conf",
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in options.items()),
    )
    for option in Path("/etc/apt/apt.conf.d").glob("*"):
        text = option.read_text(encoding="utf-8")
        if "Acquire::" in text and "Dir::" not in text:
            _write(root / "etc/apt/apt.conf.d" / option.name, text)
    resolver = root / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    _write(resolver, Path("/etc/resolv.conf").read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
