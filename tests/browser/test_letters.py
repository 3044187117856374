"""Letters of a mailing as readers get them, out of the mail server into Chromium: each language, wide and narrow, both parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.core import clock
from app.sending import jobs
from tests.browser.conftest import axe, overflows
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.readers import confirm, deliver, draft, reader
from tests.web.smtp_sink import start_sink

pytestmark = pytest.mark.browser
LANGUAGES = ("fr", "es", "en")
WIDTHS = (320, 800)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
"""Of axe's rules those that hold for a letter too: the others are about the landmarks of a site."""
STOP = {"fr": "Arrêter ces courriels", "es": "Dejar de recibir estos correos", "en": "Stop these letters"}
BODY = f"""# {{district|Ici}} & là

Bonjour {{name|voisine}}, **gras**, *penché*, `code`, 12 € < 13 €.

- [Le vote](/fr/)
- [une page ailleurs](https://{"long" * 30}.example/{"sans-espace" * 12})
- mairie@valclair.example, {"Donaudampfschifffahrt" * 6}

> Cité, sur deux
> lignes

1. un
2. deux

---

![La place](/static/place.png)
"""


@dataclass(frozen=True)
class Got:
    """A letter that came: its text and its HTML."""

    text: str
    html: str


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Got]:
    """One letter by language, sent by a site through a real server."""
    folder: Path = tmp_path_factory.mktemp("letters")
    sink, controller = start_sink()
    settings = make_settings(
        f"sqlite:///{folder}/civic.db", folder, smtp_port=str(controller.port), mail_quiet_hours="",
        hostname=f"participation.{'communaute-de-communes-' * 2}valclair.example",
    )  # fmt: skip
    with empty_site(settings) as app, app.app_context(), pytest.MonkeyPatch.context() as ahead:
        for code in LANGUAGES:
            reader(f"{code}@example.org", name="<i>Zoé & Cie</i>", language=code)
        mailing = draft(texts={code: {"subject": "Été à {site}", "body": BODY} for code in LANGUAGES})
        confirm(mailing)
        later = clock.now() + timedelta(minutes=11)
        ahead.setattr(clock, "now", lambda: later)
        jobs.send()
        deliver()
    controller.stop()
    return {to.partition("@")[0]: _parts(mail) for to, mail in sink.received}


def _parts(mail: EmailMessage) -> Got:
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return Got(text.get_content(), html.get_content())


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_letter_fits_and_is_readable_wide_and_narrow(letters: dict[str, Got], tab: Page, code: str) -> None:
    tab.route("https://**", lambda route: route.abort())
    tab.set_content(letters[code].html, wait_until="domcontentloaded")
    assert tab.evaluate("document.documentElement.lang") == code
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        assert not overflows(tab), width
        assert axe(tab, **WCAG) == []
        assert tab.get_by_role("link", name=STOP[code]).is_visible()
        smallest = tab.evaluate(
            "Math.min(...[...document.querySelectorAll('td')].map(one => parseFloat(getComputedStyle(one).fontSize)))"
        )
        assert smallest >= 14
    assert tab.get_by_text("<i>Zoé & Cie</i>").is_visible(), "a name is text, whatever it looks like"
    assert tab.get_by_role("heading", name="Ici & là").is_visible()
    assert tab.get_by_alt_text("La place").count() == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_plain_part_says_the_same_and_fits_too(
    letters: dict[str, Got], tab: Page, code: str, tmp_path: Path
) -> None:
    got = letters[code]
    tab.set_content(got.html, wait_until="domcontentloaded")
    for link in tab.evaluate("[...document.links].map(one => one.href)"):
        assert link in got.text, link
    said = re.findall(r"\w+", tab.inner_text("body"))
    assert [word for word in said if word not in got.text] == []
    (tmp_path / "letter.txt").write_text(got.text, encoding="utf-8-sig")
    tab.goto((tmp_path / "letter.txt").as_uri())
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        assert not overflows(tab), width
    assert "**" not in got.text
    assert STOP[code] in tab.inner_text("body")
