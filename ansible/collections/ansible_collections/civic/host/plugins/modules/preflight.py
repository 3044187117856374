#!/usr/bin/python
"""Look at a host before anything is changed, and say everything that stands in the way at once. Changes nothing."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.civic.host.plugins.module_utils import look_machine, look_network, look_site

DOCUMENTATION = """
module: preflight
short_description: Look at a host before anything is changed
description: Returns findings with code, level (refusal or warning), cause and remedy. Read-only.
options:
  hostname: {description: Name of the site., type: str, required: true}
  tls: {description: "acme, files, internal or proxy.", type: str, required: true}
  tls_certificate: {description: Chain of the town's own certificate., type: str, default: ""}
  tls_key: {description: Its key., type: str, default: ""}
  smtp_host: {description: Mail server., type: str, required: true}
  smtp_port: {description: Its port., type: int, required: true}
  smtp_security: {description: "starttls, tls or none.", type: str, required: true}
  smtp_user: {description: User., type: str, default: ""}
  smtp_password: {description: Password., type: str, default: ""}
  database_is_local: {description: Whether the host's own PostgreSQL is used., type: bool, required: true}
  firewall: {description: Whether the firewall is managed., type: bool, required: true}
  brings_packages: {description: Whether packages come from a bundle and not from the network., type: bool, required: true}
author: civic
"""
LOOKS = (
    look_machine.system,
    look_machine.memory,
    look_machine.disks,
    look_machine.locale,
    look_network.names,
    look_machine.clock,
    look_network.ports,
    look_network.way_in,
    look_network.mail,
    look_site.proxy,
    look_site.database,
    look_site.firewall,
    look_site.certificate,
)
TEXT = {"type": "str", "default": ""}


def main() -> None:
    """Take every look; one that itself fails is a finding, not an end."""
    module = AnsibleModule(
        {
            "hostname": {"type": "str", "required": True},
            "tls": {"type": "str", "required": True},
            "tls_certificate": TEXT,
            "tls_key": TEXT | {"no_log": False},
            "smtp_host": {"type": "str", "required": True},
            "smtp_port": {"type": "int", "required": True},
            "smtp_security": {"type": "str", "required": True},
            "smtp_user": TEXT,
            "smtp_password": TEXT | {"no_log": True},
            "database_is_local": {"type": "bool", "required": True},
            "firewall": {"type": "bool", "required": True},
            "brings_packages": {"type": "bool", "required": True},
        },
        supports_check_mode=True,
    )
    wanted = {**module.params, "is_installed": Path("/opt/civic/current").is_symlink()}
    findings = []
    for look in LOOKS:
        try:
            findings += list(look(wanted))
        except Exception as error:
            name = f"{look.__module__.rpartition('.')[2]}.{look.__name__}"
            findings.append(
                {
                    "code": "LOOK",
                    "level": "warning",
                    "cause": f"{name} could not look: {error!r}",
                    "remedy": "Report this.",
                }
            )
    module.exit_json(changed=False, findings=findings, ssh_ports=look_network.ports_of("sshd") or [22])


if __name__ == "__main__":
    main()
