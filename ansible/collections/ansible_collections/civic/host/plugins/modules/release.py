#!/usr/bin/python
"""Lay down a release: its environment, its static files and, last of all, the manifest that says it is whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import bundled, whole

DOCUMENTATION = """
module: release
short_description: Lay down a release
description: A release without a manifest is unfinished and is begun again. Packages come from a bundle's wheels or the network.
options:
  name: {description: Name of its folder., type: str, required: true}
  wheel: {description: Wheel of the site on the host., type: path, required: true}
  lock: {description: Packages that it needs with their hashes., type: path, required: true}
  wheel_sha256: {description: Hash of the wheel; another one in the manifest asks to begin again., type: str, required: true}
  archive: {description: Tar on the host with wheels/; without it the package index configured on the host., type: path}
  releases: {description: Folder of all releases., type: path, default: /opt/civic/releases}
author: civic
"""
PIP = ("--no-input", "--disable-pip-version-check", "--no-cache-dir", "--no-compile", "--no-deps", "--quiet")
PACKAGES_AT_ONCE = 8


def main() -> None:
    """Nothing when the manifest is there and says the same; else lay it down anew."""
    module = AnsibleModule(
        {
            "name": {"type": "str", "required": True},
            "wheel": {"type": "path", "required": True},
            "lock": {"type": "path", "required": True},
            "wheel_sha256": {"type": "str", "required": True},
            "archive": {"type": "path"},
            "releases": {"type": "path", "default": "/opt/civic/releases"},
        },
        supports_check_mode=True,
    )
    folder = Path(module.params["releases"]) / module.params["name"]
    manifest = folder / "MANIFEST.json"
    shown = {
        "before": "",
        "after": f"release {folder.name}\n",
        "before_header": str(folder),
        "after_header": str(folder),
    }
    if module.check_mode:
        whole_here = _is_whole(manifest, module.params["wheel_sha256"])
        module.exit_json(changed=not whole_here, diff={} if whole_here else shown)
    with _alone(folder.parent):
        if _is_whole(manifest, module.params["wheel_sha256"]):
            module.exit_json(changed=False)
        manifest.unlink(missing_ok=True)
        _lay_down(module, folder)
    module.exit_json(changed=True, diff=shown)


def _is_whole(manifest: Path, wheel_sha256: str) -> bool:
    if not manifest.is_file():
        return False
    return bool(json.loads(manifest.read_text(encoding="utf-8"))["wheel_sha256"] == wheel_sha256)


@contextlib.contextmanager
def _alone(releases: Path) -> Iterator[None]:
    """Wait for an earlier run that is still at it, for instance one whose connection was lost."""
    with (releases / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lay_down(module: AnsibleModule, folder: Path) -> None:
    os.umask(0o022)
    venv, static = folder / "venv", folder / "static"
    for unfinished in (venv, static):
        shutil.rmtree(unfinished, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    _run(module, "/usr/bin/python3", "-m", "venv", str(venv))
    pip: tuple[str, ...] = (str(venv / "bin/python"), "-m", "pip", "install", *PIP)
    locked = ("--only-binary", ":all:", "--require-hashes", "--requirement")
    if module.params["archive"]:
        pip = ("/usr/bin/env", "PIP_CONFIG_FILE=/dev/null", *pip)  # the host's own options name indexes
        with bundled.unpacked(module.params["archive"], "wheels/", folder / "wheels") as wheels:
            _run(module, *pip, "--no-index", "--find-links", str(wheels), *locked, module.params["lock"])
    else:
        # In parts: pip keeps the index's page of each package until it ends, 60 MB for all of them.
        for part in _parts(Path(module.params["lock"]).read_text(encoding="utf-8")):
            _run(module, *pip, *locked, "/dev/stdin", data=part)
    _run(module, *pip, "--no-index", module.params["wheel"])
    # Not by pip, which would hold 35 MB more for it while a town's site serves beside. What does not compile is no fault here:
    # packages bring files that are for other versions of Python.
    module.run_command([str(venv / "bin/python"), "-m", "compileall", "-q", str(venv / "lib")])
    _, out, _ = module.run_command([str(venv / "bin/python"), "-c", "import app; print(app.__path__[0])"])
    shutil.copytree(Path(out.strip()) / "core/static", static)
    facts = {
        "release": folder.name,
        "wheel_sha256": hashlib.sha256(Path(module.params["wheel"]).read_bytes()).hexdigest(),
        "lock_sha256": hashlib.sha256(Path(module.params["lock"]).read_bytes()).hexdigest(),
        "static": sorted(str(path.relative_to(static)) for path in static.rglob("*") if path.is_file()),
    }
    _run(module, "sync", "--file-system", str(folder))
    whole.write(folder / "MANIFEST.json", json.dumps(facts, indent=1) + "\n", "root", "root", "0644")


def _parts(lock: str) -> list[str]:
    """The lock's packages with their hashes, a few at a time; a package begins with a letter at the left."""
    packages = re.split(r"^(?=\w)", lock, flags=re.MULTILINE)[1:]
    begins = range(0, len(packages), PACKAGES_AT_ONCE)
    return ["".join(packages[begin : begin + PACKAGES_AT_ONCE]) for begin in begins]


def _run(module: AnsibleModule, *words: str, data: str = "") -> None:
    environment = {"PYTHONNOUSERSITE": "1", "LC_ALL": "C.UTF-8"}
    code, out, err = module.run_command(list(words), cwd="/", environ_update=environment, data=data)
    if code:
        said = "\n".join((err.strip() or out.strip()).splitlines()[-6:])
        module.fail_json(msg=f"{' '.join(words[:5])} … ended with {code}: {said}", code="RELEASE")


if __name__ == "__main__":
    main()
