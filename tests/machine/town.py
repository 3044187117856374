"""What an operator brings to a host: the clone, a config file; and a mail server that takes the site's mail."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.machine.host import Host
from tests.machine.network import Network
from tests.web.smtp_sink import Sink, start_sink

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CLONE = "/srv/civic"
CONFIG = "/root/participe.env"
SMTP_PORT = 2525
HOSTNAME = "participe.valclair.example"


def config(network: Network, **more: str) -> str:
    """A config file's text; `more` by setting name, None-like empty text leaves a setting out."""
    given = {
        "site_name": "Mairie d'Aix",
        "hostname": HOSTNAME,
        "contact_email": "mairie@valclair.example",
        "admin_email": "it@valclair.example",
        "tls": "internal",
        "smtp_host": network.gateway,
        "smtp_port": str(SMTP_PORT),
        "smtp_security": "none",
        **more,
    }
    return "".join(f'CIVIC_{name.upper()}="{text}"\n' for name, text in given.items() if text)


def bring_clone(host: Host) -> None:
    """The repository's files as they stand, without what git ignores."""
    copy_clone(host.root / CLONE.lstrip("/"))


def copy_clone(target: Path) -> None:
    """The same, into any folder."""
    target.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout
    packed = subprocess.run(
        ["tar", "--create", "--files-from=-"], cwd=REPOSITORY, input=listed, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "--extract", "--directory", str(target)], input=packed, check=True)


def civic(host: Host, *words: str, code: int = 0, **env: str) -> dict[str, Any]:
    """Run the clone's `civic` on the host and return its one JSON object; the exit code must be `code`."""
    done = host.run(f"{CLONE}/deploy/civic", *words, "--json", "--yes", check=False, **env)
    assert done.returncode == code, (
        f"civic {' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


@contextmanager
def mail_server(network: Network) -> Iterator[Sink]:
    """A real SMTP server on the bridge, which takes and keeps every letter."""
    sink, controller = start_sink(SMTP_PORT, network.gateway)
    try:
        yield sink
    finally:
        controller.stop()


def census(host: Host, *places: str) -> dict[str, str]:
    """Path → type, owner, mode and size of every file below `places`: to see that nothing, or what, changed.

    The size of a folder is the file system's own affair.
    """
    said = "'%p\\t%y %u:%g %m"
    each = f"-type d -printf {said}\\n' -o -printf {said} %s\\n'"
    listed = host.sh(f"find {' '.join(places)} -xdev {each} 2>/dev/null || true")
    return dict(line.split("\t", 1) for line in listed.splitlines() if "\t" in line)
