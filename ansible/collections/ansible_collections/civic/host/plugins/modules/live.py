#!/usr/bin/python
"""Hold a release live: hands over to `civic go-live` in a unit of its own, which a lost connection does not end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import whole

DOCUMENTATION = """
module: live
short_description: Hold a release live
options:
  name: {description: Release that shall serve., type: str, required: true}
  files: {description: Files of settings and units; a change of one restarts the site., type: list, elements: path, default: []}
  files_change: {description: "In check mode, that some of these would change.", type: bool, default: false}
  goes_live: {description: "Without it the module only says what a release would be started with.", type: bool, default: true}
  drawn: {description: Folder of the secrets., type: path, default: /etc/civic/credentials}
author: civic
"""
UNIT = "civic-go-live.service"
RECORD = Path("/var/lib/civic/ops/live.json")
"""Written by cli/lifecycle: the release that serves, and the hash of the files that it was started with."""
CURRENT = Path("/opt/civic/current")
TITLE = "the live release"
SERVICES = "civic-worker.service"
LONGEST_SECONDS = 1800


def main() -> None:
    """Nothing when the release serves with these files; else start the unit, or join the one that runs, and wait."""
    module = AnsibleModule(
        {
            "name": {"type": "str", "required": True},
            "files": {"type": "list", "elements": "path", "default": []},
            "files_change": {"type": "bool", "default": False},
            "goes_live": {"type": "bool", "default": True},
            "drawn": {"type": "path", "default": "/etc/civic/credentials"},
        },
        supports_check_mode=True,
    )
    name = module.params["name"]
    files = [*module.params["files"], *sorted(str(path) for path in Path(module.params["drawn"]).glob("*"))]
    wanted = {"release": name, "files_sha256": whole.digest(files)}
    if not module.params["goes_live"]:
        module.exit_json(changed=False, live=wanted)
    before = _record()
    holds = {key: before.get(key) for key in wanted} == wanted and _all_active(module, name)
    holds = holds and not (module.check_mode and module.params["files_change"])
    shown = {"before": "", "after": "", "before_header": TITLE, "after_header": TITLE}
    if not holds:
        shown |= {
            "before": f"{before.get('release', 'none')}\n",
            "after": f"{name} with the present settings\n",
        }
    if not holds and not module.check_mode:
        _hand_over(module, wanted)
    module.exit_json(changed=not holds, diff=shown, live=_record())


def _record() -> dict[str, Any]:
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}


def _all_active(module: AnsibleModule, name: str) -> bool:
    code, _, _ = module.run_command(
        ["systemctl", "is-active", "--quiet", f"civic-web@{name}.service", SERVICES]
    )
    units = CURRENT.is_symlink() and CURRENT.resolve().name == name
    return units and code == 0


def _hand_over(module: AnsibleModule, wanted: dict[str, str]) -> None:
    if _runs(module):  # an earlier run whose connection was lost
        _wait(module)
        if {key: _record().get(key) for key in wanted} == wanted:
            return
    module.run_command(["systemctl", "stop", UNIT])
    module.run_command(["systemctl", "reset-failed", UNIT])
    module.run_command(["systemctl", "daemon-reload"])
    program = f"/opt/civic/releases/{wanted['release']}/venv/bin/civic"
    words = [
        "systemd-run",
        "--quiet",
        "--no-block",
        f"--unit={UNIT}",
        "--service-type=oneshot",
        "--property=UMask=0022",
        "--property=OnFailure=civic-recover.service",
    ]
    words += [
        "--remain-after-exit",
        program,
        "go-live",
        wanted["release"],
        "--files-sha256",
        wanted["files_sha256"],
        "--json",
    ]
    code, _, err = module.run_command(words)
    if code:
        module.fail_json(msg=f"the unit {UNIT} could not be started: {err.strip()}", code="LIVE")
    _wait(module)
    state = _state(module)
    said = _last_words(module, state["InvocationID"])
    module.run_command(["systemctl", "stop", UNIT])
    if state["Result"] != "success" or _record().get("release") != wanted["release"]:
        module.fail_json(
            msg=said.get("failed", "go-live failed"),
            code="LIVE",
            standing=said.get("standing"),
            then=said.get("next"),
        )


def _wait(module: AnsibleModule) -> None:
    ends = time.monotonic() + LONGEST_SECONDS
    while _runs(module) and time.monotonic() < ends:
        time.sleep(0.2)


def _runs(module: AnsibleModule) -> bool:
    return _state(module)["ActiveState"] in ("activating", "reloading")


def _state(module: AnsibleModule) -> dict[str, str]:
    wanted = "ActiveState,Result,InvocationID"
    _, out, _ = module.run_command(["systemctl", "show", f"--property={wanted}", UNIT])
    facts = dict(line.partition("=")[::2] for line in out.splitlines())
    return {key: facts.get(key, "") for key in wanted.split(",")}


def _last_words(module: AnsibleModule, invocation: str) -> dict[str, Any]:
    _, out, _ = module.run_command(
        ["journalctl", "--no-pager", "--output=cat", f"_SYSTEMD_INVOCATION_ID={invocation}"]
    )
    for line in reversed(out.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {"failed": out.strip()[-2000:] or "go-live ended without a word"}


if __name__ == "__main__":
    main()
