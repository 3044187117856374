"""A bare Debian without systemd, as a newcomer may have it: no Python, one ordinary user, the clone in a folder with a space."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.machine import outer, prototype
from tests.machine.network import call

CLONE = "/home/ann/my clone"
REPOSITORY = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}


class Bare:
    """A file tree that runs nothing of its own; commands are run in it as root or as Ann."""

    def __init__(self, release: str, folder: Path) -> None:
        self.release = release
        self.root = folder / "root"
        self._folder = folder
        for name in ("root", "changes", "work"):
            (folder / name).mkdir(parents=True)
        layers = f"lowerdir={prototype.tree(release, ())},upperdir={folder}/changes,workdir={folder}/work"
        call("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        words = [
            "systemd-nspawn",
            "--quiet",
            "--keep-unit",
            "--register=no",
            "--as-pid2",
            f"--directory={self.root}",
        ]
        words += [
            "--resolv-conf=off",
            "--timezone=off",
            *(f"--bind-ro={path}" for path in outer.pip_paths()),
        ]
        env = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self._nspawn = subprocess.Popen(
            [*words, "sh", "-c", "echo up; exec sleep infinity"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=env,
        )
        assert self._nspawn.stdout is not None
        assert self._nspawn.stdout.readline().strip() == b"up"
        self._init = int(
            Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()[0]
        )
        self.sh("useradd --create-home --uid 1000 ann")
        self.clone(CLONE)

    def clone(self, path: str, owner: str = "1000:1000") -> None:
        """A clean clone of the repository's last commit."""
        target = self.root / path.lstrip("/")
        call("git", "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(target))
        call("chown", "-R", owner, str(target))

    def sh(
        self, script: str, *, user: str = "root", check: bool = True, cwd: str = CLONE, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script inside, as a login of `user` in `cwd` would."""
        home = "/root" if user == "root" else f"/home/{user}"
        numbers = "0" if user == "root" else "1000"
        spaces = ("--mount", "--uts", "--ipc", "--pid", f"--root=/proc/{self._init}/root", "--wdns=/")
        person = ("setpriv", f"--reuid={numbers}", f"--regid={numbers}", "--clear-groups")
        words = ["nsenter", f"--target={self._init}", *spaces, *person, "sh", "-c", f"cd '{cwd}'; {script}"]
        done = subprocess.run(
            words, env={**ENVIRONMENT, "HOME": home, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=600, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{script!r} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def destroy(self) -> None:
        """End everything inside and leave nothing of it."""
        call("kill", "-KILL", str(self._init), check=False)
        self._nspawn.kill()
        self._nspawn.communicate()
        call("umount", "--lazy", str(self.root), check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
