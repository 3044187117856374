"""Every component in every state before axe-core, at every width, within the page budgets, and with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WIDTHS, axe, overflows, serve, weigh
from tests.browser.guide import PAGES, make_guide

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running style guide."""
    with serve(make_guide(tmp_path_factory.mktemp("guide"))) as url:
        yield f"{url}/en/guide"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_guide_has_no_accessibility_fault_and_never_scrolls_sideways(
    tab: Page, guide: str, name: str
) -> None:
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(f"{guide}/{name}")
        assert not overflows(tab), f"{name} is wider than {width} px"
        if width in (320, 1280):
            assert axe(tab) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_forced_colours_has_no_accessibility_fault(tab: Page, guide: str, name: str) -> None:
    tab.emulate_media(forced_colors="active")
    tab.goto(f"{guide}/{name}")
    assert axe(tab) == []


def test_at_400_percent_zoom_the_ballot_bar_does_not_cover_the_projects(tab: Page, guide: str) -> None:
    tab.set_viewport_size({"width": 320, "height": 256})
    tab.goto(f"{guide}/ballot")
    position = tab.locator("[data-ballot-bar]").evaluate("bar => getComputedStyle(bar).position")
    assert position == "static"


@pytest.mark.parametrize("name", ["home", "ballot", "results"])
def test_a_first_view_stays_within_the_budgets(tab: Page, guide: str, name: str) -> None:
    weight = weigh(tab, f"{guide}/{name}")
    assert weight.code <= 50_000, weight
    assert weight.html <= 20_000, weight
    assert weight.total <= 120_000, weight
    assert weight.requests <= 8, weight
    assert len(weight.hosts) == 1, weight
    assert weight.cookies == 0, weight


def test_the_first_tab_stop_leads_past_the_header(tab: Page, guide: str) -> None:
    tab.goto(f"{guide}/start")
    tab.keyboard.press("Tab")
    expect(tab.locator(".skip-link")).to_be_focused()
    expect(tab.locator(".skip-link")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    expect(tab.locator("#main")).to_be_focused()


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(tab: Page, guide: str) -> None:
    tab.goto(f"{guide}/forms")
    expect(tab.locator(".govuk-error-summary")).to_be_focused()
    tab.get_by_role("link", name=re.compile("Write an e-mail address")).click()
    expect(tab.locator("#email")).to_be_focused()


def test_the_bar_counts_while_one_chooses_by_keyboard(tab: Page, guide: str) -> None:
    tab.goto(f"{guide}/ballot")
    bar = tab.locator("[data-ballot-bar]")
    expect(bar).to_contain_text("Chosen: 2 of 5")
    tab.locator("#project-2").focus()
    tab.keyboard.press("Space")
    expect(bar).to_contain_text("Chosen: 3 of 5")
    expect(bar).to_contain_text("You can still choose: 2")
    for project in (3, 4, 6):
        tab.locator(f"#project-{project}").check()
    expect(bar).to_contain_text("Too many: take away 1")


def test_the_bar_of_a_knapsack_says_how_much_money_is_left(tab: Page, guide: str) -> None:
    tab.goto(f"{guide}/knapsack")
    bar = tab.locator("[data-ballot-bar]")
    expect(bar).to_contain_text("Over the budget by €30,500")
    tab.locator("#project-4").uncheck()
    expect(bar).to_contain_text("Left to spend: €89,500")


def test_filters_find_words_without_accents_and_keep_what_is_chosen(tab: Page, guide: str) -> None:
    tab.goto(f"{guide}/ballot")
    tab.locator("#q").fill("cafe")
    expect(tab.locator(".project:visible")).to_have_count(1)
    expect(tab.locator("[data-count]")).to_have_text("Projects shown: 1 of 6")
    assert tab.locator("[data-choice]:checked").count() == 2
    tab.locator("#q").fill("")
    tab.locator("#sort").select_option("title")
    expect(tab.locator(".project h2").first).to_have_text(re.compile("^A roof"))


def test_without_scripts_the_ballot_still_shows_its_count_and_its_buttons(
    guide: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{guide}/knapsack")
    expect(page.locator("[data-ballot-bar]")).to_contain_text("Over the budget by €30,500")
    expect(page.get_by_role("button", name="Check my choices")).to_be_enabled()
    expect(page.get_by_role("button", name="Show")).to_be_visible()
    context.close()


def test_pages_are_the_same_in_the_councils_own_colours(tab: Page, tmp_path: Path) -> None:
    app = make_guide(tmp_path, theme_primary="#7a1f4b", theme_accent="#9fd6c2")
    with serve(app) as url:
        for name in ("home", "ballot", "words"):
            tab.goto(f"{url}/en/guide/{name}")
            assert axe(tab) == []
        colour = tab.locator("h1").evaluate(
            "() => getComputedStyle(document.body).getPropertyValue('--primary')"
        )
    assert colour.strip() == "#7a1f4b"
