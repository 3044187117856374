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
  drawn: {description: Names that are drawn when they are neither given nor there., type: list, elements: str, default: []}
author: civic
"""


def main() -> None:
    """Compare, draw, write. The difference names the secrets and never their text."""
    module = AnsibleModule(
        {
            "folder": {"type": "path", "required": True},
            "given": {"type": "dict", "default": {}, "no_log": True},
            "drawn": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    folder = Path(module.params["folder"])
    wanted: dict[str, str] = {name: str(text) for name, text in module.params["given"].items() if text}
    for name in module.params["drawn"]:
        if name not in wanted and not (folder / name).is_file():
            wanted[name] = secrets.token_urlsafe(48)
    changes = []
    for name, text in sorted(wanted.items()):
        before = whole.state(folder / name)
        if (before["text"], before["owner"], before["mode"]) != (text, "root", "0600"):
            changes.append(f"{name}: {'changed' if before['text'] else 'new'}\n")
            if not module.check_mode:
                _folder(folder)
                whole.write(folder / name, text, "root", "root", "0600")
    for file in sorted(folder.glob("*")) if folder.is_dir() else []:
        if file.name not in wanted and file.name not in module.params["drawn"]:
            changes.append(f"{file.name}: removed\n")
            if not module.check_mode:
                file.unlink()
    names = sorted({*wanted, *module.params["drawn"]})
    shown = {
        "before": "",
        "after": "".join(changes),
        "before_header": str(folder),
        "after_header": str(folder),
    }
    module.exit_json(changed=bool(changes), names=names, diff=shown)


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


if __name__ == "__main__":
    main()
