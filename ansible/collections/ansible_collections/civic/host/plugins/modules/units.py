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


ENABLED = ("enabled", "static", "indirect", "generated", "enabled-runtime")
VERBS = ("enable", "start", "restart", "reload")


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
    units = [_look(module, unit, stamps) for unit in module.params["units"]]
    wanted = [(verb, unit["name"]) for verb in VERBS for unit in units if verb in unit["verbs"]]
    if not module.check_mode:
        if any(unit["is_outdated"] for unit in units):
            _systemctl(module, "daemon-reload")
        for verb in VERBS:
            _do(module, verb, [name for asked, name in wanted if asked == verb])
        for unit in units:
            if unit["before"] != unit["now"]:
                whole.write(unit["stamp"], json.dumps(unit["now"]), "root", "root", "0644")
    actions = [f"{verb} {name}" for verb, name in wanted]
    shown = {
        "before": "",
        "after": "".join(f"{line}\n" for line in actions),
        "before_header": "units",
        "after_header": "units",
    }
    module.exit_json(changed=bool(actions), actions=actions, diff=shown)


def _look(module: AnsibleModule, unit: dict[str, Any], stamps: Path) -> dict[str, Any]:
    """What a unit is held by now and was before, and what must be done with it."""
    name = unit["name"]
    facts = _facts(module, name)
    verbs = [] if facts["UnitFileState"] in ENABLED else ["enable"]
    found = {"name": name, "verbs": verbs, "is_outdated": facts["NeedDaemonReload"] == "yes"}
    if not unit["runs"]:
        return {**found, "before": {}, "now": {}}
    stamp = stamps / re.sub(r"[^\w.@-]", "_", f"{name}.json")
    now = {how: _digest(module, unit[f"{how}_for"]) for how in ("restart", "reload")}
    before = json.loads(stamp.read_text(encoding="utf-8")) if stamp.is_file() else {}
    fresh = not before and _started_with_them(facts, [*unit["restart_for"], *unit["reload_for"]])
    verbs += _needed(facts, now if fresh else before, now)
    return {**found, "stamp": stamp, "before": before, "now": now}


def _do(module: AnsibleModule, verb: str, names: list[str]) -> None:
    """All units at once, which reads units anew once only; each by itself when that fails, to tell which one it is."""
    if names and module.run_command(["systemctl", verb, *names])[0]:
        for name in names:
            _systemctl(module, verb, name)


def _digest(module: AnsibleModule, files: list[str]) -> str:
    would_change = module.check_mode and set(files) & set(module.params["changing"])
    return "another" if would_change else whole.digest(files)


def _started_with_them(facts: dict[str, str], files: list[str]) -> bool:
    """Whether the unit began after the last change of these files, as when apt starts what was configured beforehand."""
    began = float(facts["ActiveEnterTimestamp"].lstrip("@") or 0)
    return all(Path(file).is_file() and Path(file).stat().st_mtime < began for file in files)


def _needed(facts: dict[str, str], before: dict[str, str], now: dict[str, str]) -> list[str]:
    if facts["ActiveState"] not in ("active", "reloading", "activating"):
        return ["start"]
    if before.get("restart") != now["restart"]:
        return ["restart"]
    return ["reload"] if before.get("reload") != now["reload"] else []


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
