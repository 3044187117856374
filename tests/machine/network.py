"""The network of the hosts under test: a bridge of their own, with a masquerade rule of the tests' own towards the archives."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


def call(*words: str, check: bool = True) -> None:
    """Run a command of the outer machine."""
    subprocess.run(
        words, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if check else subprocess.DEVNULL
    )


class Network:
    """A bridge `10.213.N.0/24` for one run of the tests; N is the first that no other run on this machine has."""

    def __init__(self) -> None:
        self.number = next(number for number in range(1, 251) if _is_made(f"civicbr{number}"))
        self.bridge = f"civicbr{self.number}"
        self.prefix = f"10.213.{self.number}"
        self._table = f"civic_machines_{self.number}"
        self._next = itertools.count(11)
        self._forwarded = FORWARD.read_text().strip()

    def set_up(self) -> None:
        """Give the bridge its address, open the way out."""
        call("ip", "addr", "add", f"{self.gateway}/24", "dev", self.bridge)
        call("ip", "link", "set", self.bridge, "up")
        FORWARD.write_text("1")
        self.open_way_out()

    def tear_down(self) -> None:
        """Leave the outer machine as it was."""
        self.close_way_out()
        call("ip", "link", "del", self.bridge, check=False)
        if not any(Path("/sys/class/net").glob("civicbr*")):  # another run may still need it
            FORWARD.write_text(self._forwarded)

    def open_way_out(self) -> None:
        """Hosts reach the archives through this machine's address."""
        call("nft", "add", "table", "ip", self._table)
        call("nft", "add", "chain", "ip", self._table, "out", "{ type nat hook postrouting priority 100; }")
        own = f"{self.prefix}.0/24"
        call(
            "nft",
            "add",
            "rule",
            "ip",
            self._table,
            "out",
            "ip",
            "saddr",
            own,
            "ip",
            "daddr",
            "!=",
            own,
            "masquerade",
        )

    def close_way_out(self) -> None:
        """The case "no Internet"."""
        call("nft", "delete", "table", "ip", self._table, check=False)

    @property
    def gateway(self) -> str:
        """This machine's address on the bridge."""
        return f"{self.prefix}.1"

    def next_address(self) -> str:
        """An address that no other host of this run has."""
        return f"{self.prefix}.{next(self._next)}"


def _is_made(bridge: str) -> bool:
    """Make this bridge, unless another run has."""
    words = ("ip", "link", "add", bridge, "type", "bridge")
    made = subprocess.run(words, check=False, capture_output=True, text=True)
    if made.returncode and "exists" not in made.stderr:
        raise AssertionError(f"{' '.join(words)} ended with {made.returncode}\n{made.stderr}")
    return made.returncode == 0
