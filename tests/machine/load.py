"""A town at work while something happens to its site: readers, voters, an officer who sends files, a mailing on its way."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from types import TracebackType

from tests.machine.browser import Link, trust_in
from tests.machine.crowd import Crowd, Officer, done
from tests.machine.host import Host
from tests.machine.town import HOSTNAME

PAGES = ("/fr/", "/es/", "/en/", "/fr/budgets/toulouse", "/en/budgets/toulouse/projects")
READERS = 3


class Load:
    """Closed loops, each in a thread, from `__enter__` to `__exit__`: nobody asks again before the answer came.

    A reader rests so long after each answer; without a rest the readers take all the processor that the host gives them.
    `answers` holds (when, milliseconds, fault or nothing) of every request of the readers; `faults` what anybody else met with.
    """

    def __init__(self, host: Host, officer: Officer, crowd: Crowd, file: bytes, rest: float = 0.0) -> None:
        self.answers: list[tuple[float, float, str]] = []
        self.faults: list[str] = []
        self.voted = 0
        self.uploads = 0
        self._host, self._officer, self._file = host, officer, file
        self._voters = iter([one for one in crowd.residents if not one.receipt])
        self._rest = rest
        self._stop = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._read, args=(turn,), daemon=True) for turn in range(READERS)),
            *(
                threading.Thread(target=self._again, args=(act, pause), daemon=True)
                for act, pause in ((self._vote, 2.0), (self._upload, 4.0))
            ),
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def await_requests(self, number: int, seconds: float) -> None:
        """Until so many were answered in all."""
        ends = time.monotonic() + seconds
        while len(self.answers) < number:
            assert time.monotonic() < ends, f"only {len(self.answers)} requests"
            time.sleep(0.2)

    def failed(self) -> list[str]:
        """Everything that was not answered well."""
        return [fault for _, _, fault in list(self.answers) if fault] + self.faults

    def p99_ms(self, since: float, until: float) -> float:
        """99 of 100 answers to readers in that span (of `time.monotonic`) were faster."""
        times = sorted(took for at, took, _ in list(self.answers) if since <= at < until)
        return times[int(len(times) * 0.99)]

    def _read(self, turn: int) -> None:
        link = Link(self._host.address, trust_in(self._host))
        for place in itertools.count(turn):
            if self._stop.wait(self._rest):
                break
            begun = time.monotonic()
            try:
                link.request("GET", PAGES[place % len(PAGES)], headers={"Host": HOSTNAME})
                answer = link.getresponse()
                answer.read()
                fault = "" if answer.status == 200 else f"{PAGES[place % len(PAGES)]}: {answer.status}"
            except (OSError, http.client.HTTPException) as error:
                fault = f"{type(error).__name__}: {error}"
                link.close()
            self.answers.append((begun, (time.monotonic() - begun) * 1000, fault))
        link.close()

    def _again(self, act: Callable[[], None], pause: float) -> None:
        while not self._stop.wait(pause):
            try:
                act()
            except (AssertionError, OSError, http.client.HTTPException) as error:
                self.faults.append(f"{act.__name__}: {type(error).__name__}: {error}"[:600])

    def _vote(self) -> None:
        resident = next(self._voters, None)
        if resident is not None:
            resident.browser.close()  # a connection that was idle for long may be gone
            resident.vote()
            self.voted += 1

    def _upload(self) -> None:
        self._officer.browser.close()
        form = "/en/office/budgets/new"
        done(self._officer.browser.get(form))
        title = [("title", f"Budget {self.uploads}")]
        done(self._officer.browser.send_file(form, title, "file", self._file))
        self.uploads += 1
