"""One Debian host under test: a copy-on-write tree, booted by systemd-nspawn, entered through its init."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.machine import outer, prototype
from tests.machine.network import Network, call

BOOT_SECONDS = 300
"""A boot that first puts right what a power cut broke takes its time, more so on a busy machine."""
CONTROL_GROUPS = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd")]
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "DEBIAN_FRONTEND": "noninteractive",
}


class Host:
    """A host with its own address. `release` is "bookworm" or "trixie"; `disk_mb` gives it a small disk of its own."""

    def __init__(self, name: str, release: str, network: Network, folder: Path, disk_mb: int = 0) -> None:
        self.name = name
        self.release = release
        self.address = network.next_address()
        self._network = network
        self._folder = folder
        self._disk_mb = disk_mb
        self.root = folder / "root"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._init = 0

    # --- life ---

    def create(self) -> Host:
        """Lay out the file tree; nothing runs yet."""
        for path in (self._disk, self.root):
            path.mkdir(parents=True)
        if self._disk_mb:
            call("truncate", "-s", f"{self._disk_mb}M", str(self._image))
            call("mkfs.ext4", "-q", "-m", "0", str(self._image))
        self._mount()
        self.write("/etc/hostname", f"{self.name}\n")
        self.write("/etc/hosts", f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        gateway = f"Address={self.address}/24\nGateway={self._network.gateway}\n"
        self.write(
            "/etc/systemd/network/10-host0.network",
            f"[Match]\nName=host0\n[Network]\n{gateway}LinkLocalAddressing=no\n",
        )
        for key in ("rsa", "ed25519"):
            call(
                "ssh-keygen", "-q", "-N", "", "-t", key, "-f", str(self.root / f"etc/ssh/ssh_host_{key}_key")
            )
        return self

    @property
    def _disk(self) -> Path:
        return self._folder / "disk"

    @property
    def _image(self) -> Path:
        return self._folder / "disk.img"

    def _mount(self) -> None:
        if self._disk_mb:
            call("mount", "-o", "loop", str(self._image), str(self._disk))
        for part in ("changes", "work"):
            (self._disk / part).mkdir(exist_ok=True)
        layers = (
            f"lowerdir={prototype.tree(self.release)},upperdir={self._disk}/changes,workdir={self._disk}/work"
        )
        call("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))

    def boot(self) -> Host:
        """Start it and wait until systemd has started everything."""
        words = [
            "systemd-nspawn",
            "--quiet",
            "--keep-unit",
            "--register=no",
            "--boot",
            f"--directory={self.root}",
        ]
        words += [
            f"--machine={self.name}",
            f"--network-bridge={self._network.bridge}",
            "--resolv-conf=off",
            "--timezone=off",
        ]
        words += [f"--bind-ro={folder}" for folder in outer.pip_paths()]
        words = ["sh", "-c", self._into_own_groups() + 'exec "$@"', "sh", *words]
        # Debian 13's systemd does not start on cgroup v1, which an outer machine may still have
        env = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (self._folder / "console.log").open("ab") as console:
            self._nspawn = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=env
            )
        deadline = time.monotonic() + BOOT_SECONDS
        while not self._is_up():
            if time.monotonic() > deadline or self._nspawn.poll() is not None:
                console_text = (self._folder / "console.log").read_text(errors="replace")
                raise AssertionError(f"{self.name} did not boot:\n{console_text[-3000:]}")
            time.sleep(0.1)
        call("ip", "link", "set", f"vb-{self.name}", "up")
        while self.run("ip", "route", "get", self._network.gateway, check=False).returncode:
            time.sleep(0.1)
        return self

    def _groups(self) -> list[Path]:
        """This host's control groups. In shared ones, a unit that is stopped would take its namesakes on other hosts along."""
        return [
            top / f"civic-{self._network.number}-{self.name}"
            for top in CONTROL_GROUPS
            if (top / "cgroup.procs").exists()
        ]

    def _into_own_groups(self) -> str:
        for group in self._groups():
            group.mkdir(exist_ok=True)
        return "".join(f"echo $$ > '{group}/cgroup.procs'; " for group in self._groups())

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        self._init = int(children[0]) if children else 0
        if not self._init or Path(f"/proc/{self._init}/comm").read_text().strip() != "systemd":
            return False
        asked = self.run("systemctl", "is-system-running", check=False)
        return asked.stdout.strip() in ("running", "degraded")

    def shut_down(self) -> None:
        """Orderly, as `systemctl poweroff` does."""
        if self._nspawn is not None:
            self.run("systemctl", "poweroff", check=False)
            try:
                self._nspawn.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.cut_power()
            self._nspawn = None

    def cut_power(self) -> None:
        """Every process of the host is gone at once."""
        if self._nspawn is not None:
            if self._init:
                call("kill", "-KILL", str(self._init), check=False)
            self._nspawn.kill()
            self._nspawn.wait()
            self._nspawn = None

    def lose_power(self) -> None:
        """Everything ends at once, what was not surely on the disk is gone; then it boots again. Needs a disk of its own.

        The file behind the mounted disk is copied before it is unmounted: what the kernel still held is not in the copy.
        """
        self.cut_power()
        kept = self._folder / "kept.img"
        call("cp", "--sparse=always", str(self._image), str(kept))
        call("umount", str(self.root))
        call("umount", str(self._disk))
        kept.replace(self._image)
        self._mount()
        self.boot()

    def reboot(self) -> None:
        """Down in order, up again on the same disk."""
        self.shut_down()
        self.boot()

    def destroy(self) -> None:
        """Stop it and leave nothing of it."""
        self.cut_power()
        call("umount", "--lazy", str(self.root), check=False)
        if self._disk_mb:
            call("umount", "--lazy", str(self._disk), check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
        for group in self._groups():
            call("find", str(group), "-depth", "-type", "d", "-exec", "rmdir", "{}", ";", check=False)

    # --- work inside ---

    def run(
        self, *words: str, check: bool = True, stdin: str | None = None, timeout: float = 600, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root; fails the test with both streams when it fails and `check` is on."""
        done = subprocess.run(
            self._entry(*words), input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
            env={**ENVIRONMENT, **env}, capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(
                f"{self.name}: {' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start a command inside and do not wait for it."""
        return subprocess.Popen(
            self._entry(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**ENVIRONMENT, **env}, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip

    def sh(self, script: str, check: bool = True, **env: str) -> str:
        """Run a shell script inside and return its output."""
        return self.run("sh", "-euc", script, check=check, **env).stdout

    def _entry(self, *words: str) -> list[str]:
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid")
        return [
            "nsenter",
            f"--target={self._init}",
            *spaces,
            f"--root=/proc/{self._init}/root",
            "--wdns=/",
            "--",
            *words,
        ]

    # --- files ---

    def inside(self, path: str) -> Path:
        """A path inside as this machine reaches it; of a host that runs with what is mounted there, /run for instance."""
        root = Path(f"/proc/{self._init}/root") if self._nspawn is not None and self._init else self.root
        return root / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file inside; parent folders are made."""
        file = self.inside(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def read(self, path: str) -> str:
        """The text of a file inside."""
        return self.inside(path).read_text(encoding="utf-8")

    def has(self, path: str) -> bool:
        """Whether the path exists inside (links are not followed)."""
        return os.path.lexists(self.inside(path))
