#!/usr/bin/python
"""Hold Debian packages installed; an interrupted dpkg is put right first, and another apt is waited for."""

from __future__ import annotations

import contextlib
import fcntl
import platform
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import bundled, whole

DOCUMENTATION = """
module: packages
short_description: Hold Debian packages installed
description: Needs no python3-apt on the host, and one apt run for all packages; from a bundle when it brings them.
options:
  names: {description: Packages., type: list, elements: str, required: true}
  record: {description: "File that keeps the names of what was not there before, for uninstall.", type: path, required: true}
  archive: {description: "Tar on the host with debs/CODENAME/; with it no network is used.", type: path}
  lists_are_new: {description: Whether this run has fetched the lists of packages already., type: bool, default: false}
author: civic
"""
LOCK = Path("/var/lib/dpkg/lock-frontend")
LOCK_SECONDS = 600
APT = (
    "apt-get",
    "--quiet",
    "--yes",
    "-o",
    f"DPkg::Lock::Timeout={LOCK_SECONDS}",
    "-o",
    "APT::Update::Error-Mode=any",
)
INSTALL = ("-o", "Dpkg::Options::=--force-confold", "install", "--no-install-recommends")
UNPACKED = Path("/var/cache/civic-packages")
QUIETLY = {
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "NEEDRESTART_MODE": "l",
    "APT_LISTCHANGES_FRONTEND": "none",
}


def main() -> None:
    """Repair, look, install."""
    module = AnsibleModule(
        {
            "names": {"type": "list", "elements": "str", "required": True},
            "record": {"type": "path", "required": True},
            "archive": {"type": "path"},
            "lists_are_new": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    module.run_command_environ_update = QUIETLY
    _wait_for_others()
    interrupted = any(Path("/var/lib/dpkg/updates").glob("[0-9]*")) or bool(_half_configured(module))
    missing = [name for name in module.params["names"] if not _is_installed(module, name)]
    if not module.check_mode:
        if interrupted:
            _run(module, "dpkg", "--configure", "--pending", "--force-confold")
            _run(module, *APT, "--fix-broken", "install")
            missing = [name for name in missing if not _is_installed(module, name)]
        if missing:
            _note(Path(module.params["record"]), missing)
            _install(module, missing)
    lines = [f"installed: {name}\n" for name in missing]
    module.exit_json(
        changed=interrupted or bool(missing),
        installed=missing,
        lists_are_new=bool(missing) and not module.check_mode,
        diff={"before": "", "after": "".join(lines), "before_header": "packages", "after_header": "packages"},
    )


def _wait_for_others() -> None:
    """Until no other apt works, as one that an install began which was killed: what it is at looks half done."""
    ends = time.monotonic() + LOCK_SECONDS
    with contextlib.suppress(FileNotFoundError, PermissionError), LOCK.open("rb+") as lock:
        while time.monotonic() < ends:
            with contextlib.suppress(BlockingIOError):
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.5)


def _install(module: AnsibleModule, missing: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        apt = APT
        if module.params["archive"]:
            prefix = f"debs/{platform.freedesktop_os_release().get('VERSION_CODENAME', '')}/"
            apt += _only_from(
                stack.enter_context(bundled.unpacked(module.params["archive"], prefix, UNPACKED))
            )
        if module.params["archive"] or not module.params["lists_are_new"]:
            _run(module, *apt, "update")
        _run(module, *apt, *INSTALL, *missing)


def _only_from(folder: Path | None) -> tuple[str, ...]:
    """apt's options for a folder of packages as its only source; none when the bundle brings no packages."""
    if folder is None:
        return ()
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder} ./\n", encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",
    }
    return tuple(f"-o{name}={value}" for name, value in options.items())


def _note(record: Path, missing: list[str]) -> None:
    before = record.read_text(encoding="utf-8").split() if record.is_file() else []
    whole.write(record, "\n".join(sorted({*before, *missing})) + "\n", "root", "root", "0644")


def _is_installed(module: AnsibleModule, name: str) -> bool:
    code, out, _ = module.run_command(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name])
    return code == 0 and out == "installed"


def _half_configured(module: AnsibleModule) -> list[str]:
    _, out, _ = module.run_command(["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n"])
    settled = ("installed", "not-installed", "config-files")
    return [line for line in out.splitlines() if line.split()[0] not in settled]


def _run(module: AnsibleModule, *words: str) -> None:
    code, out, err = module.run_command(list(words), umask=0o022)
    if code:
        said = "\n".join((err.strip() or out.strip()).splitlines()[-6:])
        module.fail_json(msg=f"{' '.join(words)} ended with {code}: {said}", code="PACKAGES")


if __name__ == "__main__":
    main()
