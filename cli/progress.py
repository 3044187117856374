"""What a person sees while a step runs: a bar with the step's name on a terminal, a sign of life elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

BAR_CELLS = 20
REDRAW_SECONDS = 0.2
SIGN_OF_LIFE_SECONDS = 30.0


@dataclass(frozen=True)
class Step:
    """A step on its way: its place among all steps (0 of 0: unknown), its name and how long it is expected to take."""

    number: int
    total: int
    name: str
    about_seconds: float = 0.0

    @property
    def place(self) -> str:
        """`[3/9] `, or nothing when the number of steps is unknown."""
        return f"[{self.number}/{self.total}] " if self.total else ""

    def bar(self, elapsed_seconds: float, full: str, empty: str) -> str:
        """The bar: finished steps, plus the share of this one that its expected time says, never claiming its end."""
        if not self.total:
            return ""
        share = min(elapsed_seconds / self.about_seconds, 0.95) if self.about_seconds else 0.0
        cells = int(BAR_CELLS * (self.number - 1 + share) / self.total)
        return full * cells + empty * (BAR_CELLS - cells) + " "

    def times(self, elapsed_seconds: float) -> str:
        """`12 s (about 40 s)`."""
        expected = f" (about {self.about_seconds:.0f} s)" if self.about_seconds >= 2 else ""
        return f"{elapsed_seconds:.0f} s{expected}"


class Ticker:
    """Calls `draw(elapsed_seconds)` every `every_seconds` while the block runs."""

    def __init__(self, draw: Callable[[float], None], every_seconds: float) -> None:
        self._draw = draw
        self._every = every_seconds
        self._begun = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    @property
    def elapsed_seconds(self) -> float:
        """Since the block began."""
        return time.monotonic() - self._begun

    def __enter__(self) -> Ticker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._ended.wait(self._every):
            self._draw(self.elapsed_seconds)
