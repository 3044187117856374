#!/usr/bin/python
"""Take a site away from its host: units, files and the packages that came with it; its data only when told."""

from __future__ import annotations

import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: gone
short_description: Take a site away from its host
description: Data is the database, /var/lib/civic, /var/backups/civic, the settings and their secrets.
options:
  with_data: {description: Take the data away too., type: bool, required: true}
  uploads: {description: Folder of uploaded files., type: path, required: true}
  record: {description: File with the names of the packages that install brought., type: path, required: true}
author: civic
"""
UNITS = (
    "civic-web@*.service",
    "civic-worker.service",
    "civic-backup.timer",
    "civic-backup.service",
    "civic-security.timer",
    "civic-security.service",
    "civic-recover.service",
    "civic-upgrade.service",
    "civic-retire.timer",
    "civic-drill.timer",
    "civic-drill.service",
    "civic-scratch-*.service",
    "civic-monitor.timer",
    "civic-monitor.service",
    "civic-care.timer",
    "civic-care.service",
    "civic-alert@*.service",
    "civic-go-live.service",
)
FILES = (
    "/etc/systemd/system/civic-*",
    "/etc/systemd/system/*.wants/civic-*",
    "/var/lib/systemd/timers/stamp-civic-*",
    "/etc/systemd/system/caddy.service.d/civic.conf",
    "/etc/systemd/system/postgresql@.service.d/civic.conf",
    "/etc/sysusers.d/civic.conf",
    "/etc/tmpfiles.d/civic*.conf",
    "/etc/civic/Caddyfile",
    "/etc/civic/certificate.conf",
    "/etc/civic/firewall.nft*",
    "/etc/civic/keys",
    "/etc/civic/pages",
    "/usr/local/bin/civic",
    "/var/lib/caddy/civic-*",
    "/var/lib/civic/ops/units",
    "/var/lib/civic/ops/live.json",
    "/var/cache/civic",
    "/var/lib/civic/ops/files.json",
    "/var/lib/civic/ops/alert*",
    "/var/lib/civic/ops/clock.json",
    "/var/lib/civic/state.json",
    "/var/lib/civic/maintenance.json",
    "/run/civic",
    "/opt/civic",
)
DATA = ("/etc/civic", "/var/backups/civic", "/var/log/civic", "/var/lib/civic")
EMPTY = ("/etc/systemd/system/caddy.service.d", "/etc/systemd/system/postgresql@.service.d")


def main() -> None:
    """List what is there, then take it away in an order that can be begun again."""
    module = AnsibleModule(
        {
            "with_data": {"type": "bool", "required": True},
            "uploads": {"type": "path", "required": True},
            "record": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    with_data, record = module.params["with_data"], Path(module.params["record"])
    brought = record.read_text(encoding="utf-8").split() if record.is_file() else []
    packages = [name for name in brought if with_data or name == "caddy"]
    patterns = [*FILES, *((module.params["uploads"], *DATA) if with_data else ())]
    there = [path for pattern in patterns for path in sorted(Path("/").glob(pattern.lstrip("/")))]
    shown = {
        "before": "".join(f"{path}\n" for path in there),
        "after": "",
        "before_header": "files",
        "after_header": "files",
    }
    if not module.check_mode:
        _stop(module)
        if with_data:
            _drop(module, "postgresql" in brought)
        _purge(module, packages, record)
        for path in there:
            _remove(path)
        _settle(module, with_data)
    module.exit_json(changed=bool(there or packages), diff=shown, packages=packages)


def _stop(module: AnsibleModule) -> None:
    module.run_command(
        [
            "systemctl",
            "disable",
            "--now",
            "civic-worker.service",
            "civic-backup.timer",
            "civic-backup.service",
            "civic-security.timer",
            "civic-recover.service",
            "civic-drill.timer",
            "civic-drill.service",
            "civic-monitor.timer",
            "civic-care.timer",
            "civic-firewall.service",
        ]
    )
    module.run_command(["systemctl", "stop", *UNITS])
    module.run_command(["systemctl", "reset-failed", *UNITS])


def _drop(module: AnsibleModule, cluster_was_brought: bool) -> None:
    if cluster_was_brought or shutil.which("psql") is None:
        return  # the whole cluster goes with its package
    ours = "SELECT datname FROM pg_database WHERE datname = 'civic' OR datname LIKE 'civic\\_%'"
    for database in _ask(module, ours).split():  # also what restores and drills made beside it
        _ask(module, f"DROP DATABASE IF EXISTS {database}")
    _ask(module, "DROP ROLE IF EXISTS civic")


def _ask(module: AnsibleModule, statement: str) -> str:
    code, out, err = module.run_command(
        ["runuser", "-u", "postgres", "--", "psql", "-qtAc", statement, "postgres"], cwd="/"
    )
    if code:
        module.fail_json(msg=f"PostgreSQL refused {statement}: {err.strip()}", code="DATABASE")
    return str(out)


def _purge(module: AnsibleModule, packages: list[str], record: Path) -> None:
    quietly = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    if packages:
        words = [
            "apt-get",
            "--quiet",
            "--yes",
            "-o",
            "DPkg::Lock::Timeout=600",
            "purge",
            "--auto-remove",
            *packages,
        ]
        code, _, err = module.run_command(words, environ_update=quietly)
        if code:
            module.fail_json(
                msg=f"apt could not take away {', '.join(packages)}: {err.strip()[-500:]}", code="PACKAGES"
            )
        kept = [name for name in record.read_text(encoding="utf-8").split() if name not in packages]
        record.write_text("".join(f"{name}\n" for name in kept), encoding="utf-8")
    elif Path("/etc/systemd/system/caddy.service.d/civic.conf").exists():
        Path("/etc/systemd/system/caddy.service.d/civic.conf").unlink()
        module.run_command(["systemctl", "daemon-reload"])
        module.run_command(["systemctl", "try-restart", "caddy.service"])


def _settle(module: AnsibleModule, with_data: bool) -> None:
    for folder in EMPTY:
        if Path(folder).is_dir() and not any(Path(folder).iterdir()):
            Path(folder).rmdir()
    module.run_command(["systemctl", "daemon-reload"])
    if with_data and "civic" in (user.pw_name for user in pwd.getpwall()):
        module.run_command(["userdel", "civic"])


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
