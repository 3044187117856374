#!/usr/bin/python
"""Hold whole files: each has this text, owner, group and mode, or is gone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import whole

DOCUMENTATION = """
module: files
short_description: Hold whole files
description: Every file is rendered whole and replaced at once. One task for all files of a role.
options:
  files: {description: "path, text, owner, group, mode of each.", type: list, elements: dict, default: []}
  absent: {description: Paths of files that must not be there., type: list, elements: path, default: []}
  record: {description: Where the hash of each file is kept; the doctor sees by it what was changed by hand., type: path,
    default: /var/lib/civic/ops/files.json}
author: civic
"""
FILE = {
    "path": {"type": "path", "required": True},
    "text": {"type": "str", "required": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
}


def main() -> None:
    """Compare, tell the difference, write."""
    module = AnsibleModule(
        {
            "files": {"type": "list", "elements": "dict", "options": FILE, "default": []},
            "absent": {"type": "list", "elements": "path", "default": []},
            "record": {"type": "path", "default": "/var/lib/civic/ops/files.json"},
        },
        supports_check_mode=True,
    )
    diffs: list[dict[str, str]] = []
    for wanted in module.params["files"]:
        path = Path(wanted["path"])
        before = whole.state(path)
        if any(before[part] != wanted[part] for part in ("text", "owner", "group", "mode")):
            diffs.append(_diff(path, before, wanted))
            if not module.check_mode:
                whole.write(path, *(wanted[part] for part in ("text", "owner", "group", "mode")))
    for name in module.params["absent"]:
        path = Path(name)
        if path.is_symlink() or path.exists():
            diffs.append({"before_header": name, "after_header": "gone", "before": f"{name}\n", "after": ""})
            if not module.check_mode:
                path.unlink()
    if not module.check_mode:
        _remember(Path(module.params["record"]), module.params["files"], module.params["absent"])
    module.exit_json(changed=bool(diffs), paths=[one["before_header"] for one in diffs], diff=diffs)


def _remember(record: Path, files: list[dict[str, Any]], absent: list[str]) -> None:
    """What was put in place, by its hash. It says nothing of whether a run changed anything: it follows from the files."""
    before = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    hashes = {one["path"]: hashlib.sha256(one["text"].encode()).hexdigest() for one in files}
    after = {path: text for path, text in {**before, **hashes}.items() if path not in absent}
    if after != before:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole.write(record, json.dumps(after, indent=1, sort_keys=True), "root", "root", "0600")


def _diff(path: Path, before: dict[str, Any], wanted: dict[str, Any]) -> dict[str, str]:
    def shown(facts: dict[str, Any]) -> str:
        return f"# {facts['owner']}:{facts['group']} {facts['mode']}\n{facts['text']}"

    return {
        "before_header": str(path),
        "after_header": str(path),
        "before": "" if before["text"] is None else shown(before),
        "after": shown(wanted),
    }


if __name__ == "__main__":
    main()
