#!/usr/bin/python
"""Hold units enabled and running with the files they have now, however often a run was cut short in between."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import whole

DOCUMENTATION = """
module: units
short_description: Hold units running with their present files
description:
  - What a unit was last started and reloaded with is kept as a hash. A handler that a cut-short run never reached would be lost;
    this is not.
options:
  units:
    description: "name; restart_for and reload_for: files whose change asks for that; runs: false only enables it."
    type: list
    elements: dict
    required: true
  changing: {description: "In check mode, the files that would change.", type: list, elements: path, default: []}
  stamps: {description: Folder of the hashes., type: path, default: /var/lib/civic/ops/units}
author: civic
"""
UNIT = {
    "name": {"type": "str", "required": True},
    "runs": {"type": "bool", "default": True},
    "restart_for": {"type": "list", "elements": "path", "default": []},
    "reload_for": {"type": "list", "elements": "path", "default": []},
}


def main() -> None:
    """Look at each unit, then do the least that is needed."""
    module = AnsibleModule(
        {
            "units": {"type": "list", "elements": "dict", "options": UNIT, "required": True},
            "changing": {"type": "list", "elements": "path", "default": []},
            "stamps": {"type": "path", "default": "/var/lib/civic/ops/units"},
        },
        supports_check_mode=True,
    )
    stamps = Path(module.params["stamps"])
    actions: list[str] = []
    for unit in module.params["units"]:
        actions += _hold(module, unit, stamps)
    shown = {
        "before": "",
        "after": "".join(f"{line}\n" for line in actions),
        "before_header": "units",
        "after_header": "units",
    }
    module.exit_json(changed=bool(actions), actions=actions, diff=shown)


def _hold(module: AnsibleModule, unit: dict[str, Any], stamps: Path) -> list[str]:
    name = unit["name"]
    facts = _facts(module, name)
    if facts["NeedDaemonReload"] == "yes" and not module.check_mode:
        _systemctl(module, "daemon-reload")
    actions = (
        [f"enable {name}"]
        if facts["UnitFileState"] not in ("enabled", "static", "indirect", "generated", "enabled-runtime")
        else []
    )
    if not unit["runs"]:
        return _do(module, actions)
    stamp = stamps / re.sub(r"[^\w.@-]", "_", f"{name}.json")
    now = {how: _digest(module, unit[f"{how}_for"]) for how in ("restart", "reload")}
    before = json.loads(stamp.read_text(encoding="utf-8")) if stamp.is_file() else {}
    fresh = not before and _started_with_them(facts, [*unit["restart_for"], *unit["reload_for"]])
    actions += _needed(name, facts, now if fresh else before, now)
    _do(module, actions)
    if before != now and not module.check_mode:
        whole.write(stamp, json.dumps(now), "root", "root", "0644")
    return actions


def _do(module: AnsibleModule, actions: list[str]) -> list[str]:
    for action in actions if not module.check_mode else ():
        _systemctl(module, *action.split())
    return actions


def _digest(module: AnsibleModule, files: list[str]) -> str:
    would_change = module.check_mode and set(files) & set(module.params["changing"])
    return "another" if would_change else whole.digest(files)


def _started_with_them(facts: dict[str, str], files: list[str]) -> bool:
    """Whether the unit began after the last change of these files, as when apt starts what was configured beforehand."""
    began = float(facts["ActiveEnterTimestamp"].lstrip("@") or 0)
    return all(Path(file).is_file() and Path(file).stat().st_mtime < began for file in files)


def _needed(name: str, facts: dict[str, str], before: dict[str, str], now: dict[str, str]) -> list[str]:
    if facts["ActiveState"] not in ("active", "reloading", "activating"):
        return [f"start {name}"]
    if before.get("restart") != now["restart"]:
        return [f"restart {name}"]
    return [f"reload {name}"] if before.get("reload") != now["reload"] else []


def _facts(module: AnsibleModule, name: str) -> dict[str, str]:
    wanted = "ActiveState,UnitFileState,NeedDaemonReload,ActiveEnterTimestamp"
    _, out, _ = module.run_command(["systemctl", "show", "--timestamp=unix", f"--property={wanted}", name])
    facts = dict(line.partition("=")[::2] for line in out.splitlines())
    return {key: facts.get(key, "") for key in wanted.split(",")}


def _systemctl(module: AnsibleModule, *words: str) -> None:
    code, out, err = module.run_command(["systemctl", *words])
    if code:
        _, journal, _ = module.run_command(
            ["journalctl", "--no-pager", "--lines=15", "--output=cat", "--unit", words[-1]]
        )
        module.fail_json(
            msg=f"systemctl {' '.join(words)} failed: {(err or out).strip()}\n{journal.strip()}", code="UNIT"
        )


if __name__ == "__main__":
    main()
