#!/usr/bin/python
"""Hold each secret in a file of its own, for LoadCredential=; what the installer draws is drawn once and never shown."""

from __future__ import annotations

import secrets
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import whole

DOCUMENTATION = """
module: secrets
short_description: Hold secrets, one a file
options:
  folder: {description: "Folder of the files, 0700 root.", type: path, required: true}
  given: {description: "Secrets by name; an empty one is removed.", type: dict, default: {}}
  known:
    description: All secrets of this release. Files of other names are a later release's, and stay.
    type: list
    elements: str
    required: true
  drawn: {description: Names that are drawn when they are neither given nor there., type: list, elements: str, default: []}
author: civic
"""


def main() -> None:
    """Compare, draw, write. The difference names the secrets and never their text."""
    module = AnsibleModule(
        {
            "folder": {"type": "path", "required": True},
            "given": {"type": "dict", "default": {}, "no_log": True},
            "known": {"type": "list", "elements": "str", "required": True},
            "drawn": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    folder = Path(module.params["folder"])
    wanted: dict[str, str] = {name: str(text) for name, text in module.params["given"].items() if text}
    for name in module.params["drawn"]:
        if name not in wanted and not (folder / name).is_file():
            wanted[name] = secrets.token_urlsafe(48)
    kept = {*wanted, *module.params["drawn"]}
    gone = [name for name in sorted(module.params["known"]) if name not in kept and (folder / name).is_file()]
    changed = [name for name in sorted(wanted) if not _is_held(folder / name, wanted[name])]
    if not module.check_mode:
        for name in changed:
            _folder(folder)
            whole.write(folder / name, wanted[name], "root", "root", "0600")
        for name in gone:
            (folder / name).unlink()
    lines = [f"{name}: set\n" for name in changed] + [f"{name}: removed\n" for name in gone]
    shown = {"before": "", "after": "".join(lines), "before_header": str(folder), "after_header": str(folder)}
    module.exit_json(changed=bool(lines), names=sorted(kept), diff=shown)


def _is_held(file: Path, text: str) -> bool:
    there = whole.state(file)
    return bool((there["text"], there["owner"], there["mode"]) == (text, "root", "0600"))


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


if __name__ == "__main__":
    main()
