"""How much memory a host's processes take together, and the most they took while something happened."""

from __future__ import annotations

import threading
from types import TracebackType

from tests.machine.host import Host

PAUSE_SECONDS = 0.5


class Peak:
    """Samples the proportional memory (PSS) of all processes of a host from `__enter__` to `__exit__`; megabytes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.before = 0.0
        self.most = 0.0

    @property
    def extra(self) -> float:
        """The most, less what was taken before."""
        return self.most - self.before

    def __enter__(self) -> Peak:
        self.before = self.most = total_mb(self._host)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            self.most = max(self.most, total_mb(self._host))


def total_mb(host: Host) -> float:
    """What they take now."""
    script = "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ {sum += $2} END {print sum}' || true"
    return int(host.sh(script).strip() or 0) / 1024
