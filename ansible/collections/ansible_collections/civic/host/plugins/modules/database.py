#!/usr/bin/python
"""Hold a PostgreSQL role and the database it owns, for peer authentication over the socket: there is no password to leak."""

from __future__ import annotations

import re
import shutil

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: database
short_description: Hold a PostgreSQL role and its database
options:
  name: {description: Name of both., type: str, required: true}
  locale: {description: "Not glibc's, whose versions break indexes.", type: str, default: C.UTF-8}
author: civic
"""


def main() -> None:
    """Look, then create what is missing."""
    module = AnsibleModule(
        {"name": {"type": "str", "required": True}, "locale": {"type": "str", "default": "C.UTF-8"}},
        supports_check_mode=True,
    )
    name, locale = module.params["name"], module.params["locale"]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name) or not re.fullmatch(r"[A-Za-z0-9_.-]+", locale):
        module.fail_json(msg=f"{name!r} or {locale!r} cannot be used as a name", code="DATABASE")
    if shutil.which("psql") is None and module.check_mode:
        module.exit_json(changed=True, diff=_diff([f"role {name}", f"database {name}"]))
    created: list[str] = []
    if not _ask(module, f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):  # noqa: S608 - the name is checked above
        created.append(f"role {name}")
        if not module.check_mode:
            _ask(module, f"CREATE ROLE {name} LOGIN")
    encoding = _ask(module, f"SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = '{name}'")  # noqa: S608
    if encoding and encoding != "UTF8":
        module.fail_json(
            msg=f"the database {name} exists with encoding {encoding}; it must be UTF8", code="DATABASE"
        )
    if not encoding:
        created.append(f"database {name}")
        if not module.check_mode:
            _ask(
                module,
                f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8' "
                f"LC_COLLATE '{locale}' LC_CTYPE '{locale}'",
            )
            _ask(module, f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    module.exit_json(changed=bool(created), diff=_diff(created))


def _ask(module: AnsibleModule, statement: str) -> str:
    words = [
        "runuser",
        "-u",
        "postgres",
        "--",
        "psql",
        "--no-psqlrc",
        "-qtA",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        "postgres",
        "-c",
        statement,
    ]
    code, out, err = module.run_command(words, cwd="/", environ_update={"LC_ALL": "C.UTF-8"})
    if code:
        module.fail_json(msg=f"PostgreSQL refused {statement.split()[0]}: {err.strip()}", code="DATABASE")
    return out.strip()


def _diff(lines: list[str]) -> dict[str, str]:
    return {
        "before": "",
        "after": "".join(f"{line}\n" for line in lines),
        "before_header": "PostgreSQL",
        "after_header": "PostgreSQL",
    }


if __name__ == "__main__":
    main()
