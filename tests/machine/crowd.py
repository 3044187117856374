"""People of a town on a real host: an officer with a second factor, and residents who sign in by mailed code and vote."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp

from tests.machine.browser import Browser, Page, trust_in
from tests.machine.host import Host
from tests.web.letters import code_in
from tests.web.smtp_sink import Sink

SLUG = "toulouse"
DESK = f"/en/office/budgets/{SLUG}"
BALLOT = f"/en/budgets/{SLUG}/ballot"
LETTER_SECONDS = 60
COUNT_SECONDS = 60


def done(page: Page) -> Page:
    """The page, which must be a good one."""
    assert page.status == 200, f"{page.status} {page.path}\n{page.text[:3000]}"
    return page


class Officer:
    """Somebody of the council, let in by `civic admin add` and a TOTP app."""

    def __init__(self, host: Host) -> None:
        self.browser = Browser(host, trust_in(host))
        said = host.run(
            "civic", "admin", "add", "anne@valclair.example", "--role", "officer", "--json"
        ).stdout
        self._set_up(json.loads(said)["link"])

    def _set_up(self, link: str) -> None:
        path = re.sub(r"^https://[^/]+", "", link)
        done(self.browser.get(path))
        shown = re.search(r"<code>([A-Z2-7 ]+)</code>", done(self.browser.send(path)).text)
        assert shown
        number = pyotp.TOTP(shown[1].replace(" ", "")).now()
        done(self.browser.send(f"{path}/set-up", [("number", number)]))

    def import_and_open(self, file: bytes) -> None:
        """Import the file, set the dates from tomorrow on, then open at once."""
        done(self.browser.get("/en/office/budgets/new"))
        assert (
            done(
                self.browser.send_file("/en/office/budgets/new", [("title", SLUG.title())], "file", file)
            ).path
            == DESK
        )
        done(self.browser.get(f"{DESK}/dates"))
        today = datetime.now(UTC)
        days = {"begins": today + timedelta(days=1), "ends": today + timedelta(days=30)}
        done(
            self.browser.send(
                f"{DESK}/dates", [pair for name, day in days.items() for pair in _day(name, day)]
            )
        )
        self.step("open")

    def close_and_publish(self) -> float:
        """Close the vote, wait for the worker's count, publish; returns the seconds waited."""
        self.browser.close()  # a connection that was idle for long may be gone
        self.step("close")
        begun = time.monotonic()
        while self.browser.get(f"/en/budgets/{SLUG}/results").status == 404:
            assert time.monotonic() - begun < COUNT_SECONDS, "the worker does not count"
            time.sleep(0.5)
        waited = time.monotonic() - begun
        self.step("results")
        return waited

    def close(self) -> None:
        """Leave the site."""
        self.browser.close()

    def step(self, name: str) -> None:
        """Take a step of the budget: go to the page that asks once more, and say yes."""
        done(self.browser.get(f"{DESK}/{name}"))
        done(self.browser.send(f"{DESK}/{name}"))


def _day(name: str, day: datetime) -> list[tuple[str, str]]:
    parts = {"day": day.day, "month": day.month, "year": day.year, "hour": "09:00"}
    return [(f"{name}-{part}", str(text)) for part, text in parts.items()]


@dataclass
class Resident:
    """One of the residents, with what they chose and the receipt they were shown."""

    number: int
    browser: Browser
    chosen: list[int] = field(default_factory=list)
    receipt: str = ""

    @property
    def email(self) -> str:
        """Where the codes go."""
        return f"resident{self.number}@valclair.example"

    def sign_in(self, sink: Sink) -> None:
        """Want to vote, be asked who one is, and come to the ballot with the code from the letter."""
        page = done(self.browser.get(BALLOT))
        assert page.path.startswith("/en/sign-in?next=")
        page = done(self.browser.send("/en/sign-in", [("email", self.email), ("next", BALLOT)]))
        asked = time.monotonic()
        while not (letters := sink.texts_to(self.email)):
            assert time.monotonic() - asked < LETTER_SECONDS, "the code did not arrive"
            time.sleep(0.1)
        page = done(self.browser.send(page.path, [("code", code_in(letters[0]))]))
        assert page.path.startswith("/en/welcome")
        page = done(self.browser.send("/en/welcome", [("display_name", ""), ("next", BALLOT)]))
        assert page.path == BALLOT

    def vote(self) -> None:
        """Choose one to three projects, check, confirm, and note the receipt."""
        draw = random.Random(f"valclair {self.number}")  # noqa: S311 - the same town each time
        page = done(self.browser.get(BALLOT))
        offered = sorted({int(one) for one in re.findall(r'name="project" value="(\d+)"', page.text)})
        self.chosen = draw.sample(offered, draw.randint(1, 3))
        page = done(self.browser.send(BALLOT, [("project", str(one)) for one in self.chosen]))
        assert page.path == f"{BALLOT}/check"
        shown = [one for one in page.hidden() if one[0] == "project"]
        assert sorted(int(one) for _, one in shown) == sorted(self.chosen)
        page = done(self.browser.send(f"{BALLOT}/confirm", shown))
        receipt = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", page.text)
        assert receipt, page.text
        self.receipt = receipt[0]


class Crowd:
    """So many residents, each with a browser of their own, who all act at once."""

    def __init__(self, host: Host, size: int) -> None:
        trust = trust_in(host)
        self.residents = [Resident(number, Browser(host, trust)) for number in range(size)]

    def all_at_once(self, act: Callable[[Resident], None]) -> tuple[float, list[float]]:
        """Seconds until the last was done, and the seconds of each, sorted. The first failure is raised."""

        def timed(resident: Resident) -> float:
            begun = time.monotonic()
            act(resident)
            return time.monotonic() - begun

        begun = time.monotonic()
        with ThreadPoolExecutor(len(self.residents)) as pool:
            each = list(pool.map(timed, self.residents))
        return time.monotonic() - begun, sorted(each)

    def close(self) -> None:
        """All leave the site."""
        for resident in self.residents:
            resident.browser.close()
