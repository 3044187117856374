"""How much memory a host's processes take together, and the most they took while something happened."""

from __future__ import annotations

import threading
from types import TracebackType

from tests.machine.host import Host

PAUSE_SECONDS = 0.5


class Peak:
    """Samples the proportional memory (PSS) of all processes of a host from `__enter__` to `__exit__`; megabytes.

    Without the database's shared buffers: they are set aside once, and any work of the site fills them.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.before = 0.0
        self.most = 0.0
        self.biggest: list[str] = []

    @property
    def extra(self) -> float:
        """The most, less what was taken before."""
        return self.most - self.before

    def __enter__(self) -> Peak:
        self.before = self.most = sum(by_process(self._host).values())
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            taken = by_process(self._host)
            if sum(taken.values()) > self.most:
                self.most = sum(taken.values())
                self.biggest = [
                    f"{mb:.0f} MB {name}" for name, mb in sorted(taken.items(), key=lambda one: -one[1])
                ][:20]


def by_process(host: Host) -> dict[str, float]:
    """What each process takes now, in megabytes, by its number and command line."""
    script = (
        "cd /proc && grep -sHE '^Pss_(Anon|File):' [0-9]*/smaps_rollup"
        " | awk -F '[/: ]+' '{kb[$1] += $4} END {for (pid in kb) print pid, kb[pid]}'"
        " | while read -r pid kb; do"
        "  printf '%s %s %s\\n' $kb $pid \"$(tr '\\0\\n' '  ' <$pid/cmdline | cut -c1-150)\"; done"
    )
    taken = dict[str, float]()
    for line in host.sh(f"({script}) 2>/dev/null || true").splitlines():
        kb, _, name = line.partition(" ")
        taken[name] = int(kb) / 1024
    return taken
