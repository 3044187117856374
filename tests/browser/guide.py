"""The living style guide: every component in every state, on the real app, for screenshots and axe.

By hand: `python -m tests.browser.guide FOLDER` writes a picture of each page at each width.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, g, render_template
from jinja2 import ChoiceLoader, FileSystemLoader

from app.core.policy import Role, allow
from app.factory import create_app
from tests.conftest import make_settings

PAGES = (
    "home",
    "start",
    "ballot",
    "knapsack",
    "points",
    "confirmation",
    "results",
    "forms",
    "office",
    "words",
)
CLOSES_AT = datetime(2026, 10, 8, 16, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Somebody signed in."""

    role: Role


def make_guide(folder: Path, **more: str) -> Flask:
    """The site with the guide's pages at /LANG/guide/NAME (`?role=OFFICER` to be signed in)."""
    app = create_app(
        make_settings(f"sqlite:///{folder}/guide.db", folder, trial="yes", languages="en,fr,es", **more)
    )
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_env.loader = ChoiceLoader([loader, *([app.jinja_env.loader] if app.jinja_env.loader else [])])

    @allow(Role.ANYONE)
    def show(name: str) -> str:
        if name == "office":
            g.me = Person(Role.OFFICER)
        return render_template(f"guide/{name}.html", projects=PROJECTS, phases=PHASES, closes_at=CLOSES_AT)

    app.add_url_rule("/<language:lang>/guide/<name>", "guide.show", show)
    return app


PHASES = [
    {"name": "Ideas", "when": "2 March to 12 April", "state": "past"},
    {"name": "Study by the services", "when": "13 April to 30 August", "state": "past"},
    {"name": "Vote", "when": "17 September to 8 October, 18:00", "state": "now"},
    {"name": "Works", "when": "from January 2027", "state": "next"},
]

PROJECTS = [
    dict(zip(("id", "title", "cents", "district", "theme", "words"), row, strict=True))
    for row in (
        (1, "Shade trees along rue des Lavoirs", 4_200_000, "Vieux-Bourg", "Nature",
         "Fourteen lime trees, two benches and a rain garden where cars park today."),
        (2, "A roof for the boules ground", 6_850_000, "La Plaine", "Sport",
         "Play in the rain and in the heat, with lamps that go out at ten."),
        (3, "Repair café in the old post office", 1_800_000, "Vieux-Bourg", "Solidarity",
         "Tools, shelves and a volunteer every Saturday."),
        (4, "A safe way to school by bicycle, from the station to the Jean-Moulin primary school", 12_000_000,
         "Les Jardins", "Getting about", "A marked lane, three raised crossings and racks for sixty bicycles."),
        (5, "Benches every 200 metres", 2_550_000, "Whole town", "Ageing well",
         "So that everybody can walk to the market and back."),
        (6, "Night sky: lamps that sleep", 3_375_050, "Les Jardins", "Nature",
         "Movement sensors on ninety lamps along the river."),
    )
]  # fmt: skip


def draw(folder: Path) -> None:
    """Write a picture of each page at each width into `folder`."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import WIDTHS, serve

    folder.mkdir(parents=True, exist_ok=True)
    with serve(make_guide(folder)) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            for name in sys.argv[2:] or PAGES:
                page.goto(f"{url}/en/guide/{name}")
                page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
