"""The machine that a verb works on: this one, or another over SSH with its host key checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import run
from cli.console import Console
from cli.errors import PreflightRefused, WrongUse

_FORM = re.compile(
    r"(?:(?P<user>[a-z_][\w.-]{0,31})@)?(?P<host>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?::(?P<port>\d{1,5}))?"
)
_LOOK = "id -u; command -v python3 || echo none; sudo -n true 2>/dev/null && echo sudo || echo no-sudo"


@dataclass(frozen=True)
class Target:
    """This machine (`host` empty) or USER@HOST:PORT."""

    user: str = ""
    host: str = ""
    port: int = 22

    @classmethod
    def named(cls, text: str | None) -> Target:
        """`USER@HOST[:PORT]`; None is this machine.

        Raises: WrongUse when it has another form.
        """
        if text is None:
            return cls()
        match = _FORM.fullmatch(text)
        if match is None or not 0 < int(match["port"] or 22) < 65536:
            raise WrongUse(
                f"--host {text!r} is not USER@HOST or USER@HOST:PORT.", "civic install --host root@HOST"
            )
        return cls(match["user"] or "root", match["host"], int(match["port"] or 22))

    @property
    def is_local(self) -> bool:
        """Whether it is this machine."""
        return not self.host

    @property
    def name(self) -> str:
        """For people."""
        return "this machine" if self.is_local else f"{self.user}@{self.host}"

    @property
    def becomes(self) -> bool:
        """Whether root's rights come from sudo."""
        return not self.is_local and self.user != "root"

    def inventory(self) -> dict[str, Any]:
        """What Ansible must know to reach it."""
        if self.is_local:
            facts: dict[str, Any] = {"ansible_connection": "local"}
        else:
            facts = {"ansible_host": self.host, "ansible_user": self.user, "ansible_port": self.port}
        return {"all": {"hosts": {"site": {**facts, "ansible_python_interpreter": "/usr/bin/python3"}}}}

    def call(self, *words: str) -> run.Finished:
        """Run a command there with root's rights, without asking anything."""
        if self.is_local:
            return run.capture(words)
        quoted = " ".join(
            "'" + word.replace("'", "'\\''") + "'"
            for word in (*(("sudo", "-n") if self.becomes else ()), *words)
        )
        return run.capture([*self._ssh(), quoted])

    def require(self, console: Console) -> None:
        """See that it can be reached with root's rights; a host key seen for the first time is shown and agreed to.

        Raises: WrongUse when this machine needs root; PreflightRefused with what SSH said.
        """
        if self.is_local:
            if not run.is_root():
                raise WrongUse("Installing on this machine needs root.", f"sudo {run.called_as()} install")
            return
        self.know(console)
        looked = run.capture([*self._ssh(), _LOOK], timeout_seconds=60)
        if not looked.ok:
            raise PreflightRefused(
                f"SSH: {self.name} cannot be reached: {looked.last_words}",
                f"Try: ssh -p {self.port} {self.user}@{self.host}; for a key: ssh-copy-id -p {self.port} {self.user}@{self.host}",
            )
        number, python, sudo = (looked.out.splitlines() + ["", "", ""])[:3]
        if number != "0" and sudo != "sudo":
            raise PreflightRefused(
                f"SUDO: {self.user} is not root on {self.host} and may not use sudo without a password.",
                f"Use --host root@{self.host}, or allow it: echo '{self.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/civic",
            )
        if python == "none":
            raise PreflightRefused(
                f"PYTHON: {self.host} has no python3.", "On the host: apt-get install python3"
            )

    def _ssh(self) -> list[str]:
        return [
            "ssh",
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=15",
            "-p",
            str(self.port),
            f"{self.user}@{self.host}",
        ]

    def know(self, console: Console) -> None:
        """Show a host key that is seen for the first time, and take it if a person agrees."""
        known_as = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
        if run.capture(["ssh-keygen", "-F", known_as]).ok:
            return
        keys = run.capture(["ssh-keyscan", "-T", "10", "-p", str(self.port), self.host])
        lines = [line for line in keys.out.splitlines() if line and not line.startswith("#")]
        if not lines:
            raise PreflightRefused(
                f"SSH: {self.host} does not answer on port {self.port}.",
                "Check the name, the port and the firewall.",
            )
        prints = run.capture(["ssh-keygen", "-l", "-f", "-"], stdin="\n".join(lines) + "\n").out
        console.say(f"{self.host} is not known here yet. Its host keys:\n{prints.rstrip()}")
        console.agree(
            "Are these the keys of that machine?",
            unless_asked="Compare them, then say --yes or add them to known_hosts.",
        )
        folder = Path.home() / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        with (folder / "known_hosts").open("a", encoding="utf-8") as known:
            known.write("\n".join(lines) + "\n")
