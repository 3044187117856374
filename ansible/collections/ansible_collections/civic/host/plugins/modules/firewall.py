#!/usr/bin/python
"""Load the site's nftables file, and take it back by a timer unless a new connection confirms it."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import whole

DOCUMENTATION = """
module: firewall
short_description: Load the site's nftables file, with a way back
options:
  text: {description: The whole file., type: str}
  state:
    description: "trial loads it and starts the timer; confirmed stops the timer and keeps it; absent removes it."
    choices: [trial, confirmed, absent]
    required: true
    type: str
  path: {description: Where it lies., type: path, default: /etc/civic/firewall.nft}
  seconds: {description: How long the way back stays open., type: int, default: 60}
author: civic
"""
TABLE = "civic"
TIMER = "civic-firewall-revert"
UNIT = "civic-firewall.service"


def main() -> None:
    """Load, confirm or remove."""
    module = AnsibleModule(
        {
            "text": {"type": "str"},
            "state": {"type": "str", "choices": ["trial", "confirmed", "absent"], "required": True},
            "path": {"type": "path", "default": "/etc/civic/firewall.nft"},
            "seconds": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    path, trying = Path(module.params["path"]), Path(f"{module.params['path']}.trial")
    before, loaded = whole.state(path)["text"], _is_loaded(module)
    if module.params["state"] == "trial":
        changed = before != module.params["text"] or not loaded
        if changed and not module.check_mode:
            _try(module, path, trying)
        shown = {
            "before": before or "",
            "after": module.params["text"],
            "before_header": str(path),
            "after_header": str(path),
        }
        module.exit_json(changed=changed, diff=shown if changed else {})
    if module.params["state"] == "confirmed":
        if trying.is_file() and not module.check_mode:
            module.run_command(["systemctl", "stop", f"{TIMER}.timer"])
            if not _is_loaded(module):
                module.fail_json(
                    msg="the firewall was taken back before it could be confirmed", code="FIREWALL"
                )
            trying.replace(path)
            whole.sync_folder(path.parent)
        module.exit_json(changed=False)
    stands = before is not None or loaded
    if stands and not module.check_mode:
        module.run_command(["systemctl", "stop", f"{TIMER}.timer"])
        module.run_command(["systemctl", "disable", "--now", UNIT])
        module.run_command(["nft", "delete", "table", "inet", TABLE])
        if _is_loaded(module):
            module.fail_json(msg="the firewall's table could not be deleted", code="FIREWALL")
        path.unlink(missing_ok=True)
    module.exit_json(changed=stands)


def _try(module: AnsibleModule, path: Path, trying: Path) -> None:
    whole.write(trying, module.params["text"], "root", "root", "0644")
    code, _, err = module.run_command(["nft", "--check", "--file", str(trying)])
    if code:
        module.fail_json(msg=f"nftables refuses the file: {err.strip()}", code="FIREWALL")
    back = f"nft --file {path}" if path.is_file() else f"nft delete table inet {TABLE}"
    module.run_command(["systemctl", "stop", f"{TIMER}.timer"])
    words = [
        "systemd-run",
        "--quiet",
        f"--unit={TIMER}",
        f"--on-active={module.params['seconds']}",
        "sh",
        "-c",
        back,
    ]
    if module.run_command(words)[0] or module.run_command(["nft", "--file", str(trying)])[0]:
        module.fail_json(msg="the firewall could not be loaded; nothing was changed", code="FIREWALL")


def _is_loaded(module: AnsibleModule) -> bool:
    return (
        shutil.which("nft") is not None
        and module.run_command(["nft", "list", "table", "inet", TABLE])[0] == 0
    )


if __name__ == "__main__":
    main()
