"""Signing in as people do it: by code, by link, by keyboard, without scripts; every page on the way without a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core.db import db
from app.core.policy import Role
from app.sign_in import known, staff
from tests.browser.conftest import axe, overflows, serve
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.letters import code_in, texts_to

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Place:
    """A running trial site and its app."""

    url: str
    app: Flask


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty site, served."""
    folder = tmp_path_factory.mktemp("place")
    settings = make_settings(
        f"sqlite:///{folder}/site.db", folder, trial="yes", public_url="http://localhost"
    )
    with empty_site(settings) as app, serve(app) as url:
        yield Place(url, app)


def inspect(tab: Page, heading: str) -> None:
    """The page must be the one expected, fit a narrow and a wide window, and have no fault."""
    expect(tab.locator("h1")).to_have_text(heading)
    for width in (320, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        assert not overflows(tab), f"{tab.url} is wider than its window"
        assert axe(tab) == [], tab.url


def link_of(place: Place, address: str) -> str:
    """The link of the last letter to the address, on the port of the test."""
    found = re.search(r"http://localhost(/\S+/sign-in/\S+)", texts_to(place.app, address)[-1])
    assert found
    return place.url + found.group(1)


def ask(place: Place, tab: Page, address: str) -> None:
    """Ask for a code in English."""
    tab.goto(f"{place.url}/en/sign-in?next=/en/account")
    tab.get_by_label("Your e-mail address").fill(address)
    tab.get_by_role("button", name="Send me a code").click()


def test_a_newcomer_signs_in_with_the_code(place: Place, tab: Page) -> None:
    ask(place, tab, "nonsense")
    inspect(tab, "Sign in or create an account")
    expect(tab.locator(".govuk-error-summary")).to_be_focused()
    expect(tab.get_by_label("Your e-mail address")).to_have_value("nonsense")
    assert tab.title().startswith("Error:")
    ask(place, tab, "zoe@example.org")
    tab.get_by_text("I did not get it").click()
    inspect(tab, "Enter your code")
    tab.get_by_label("The six digits").fill("nonsense")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    inspect(tab, "Enter your code")
    tab.get_by_label("The six digits").fill(code_in(texts_to(place.app, "zoe@example.org")[-1]))
    tab.keyboard.press("Enter")
    inspect(tab, "Welcome")
    tab.get_by_role("button", name="Continue").click()
    inspect(tab, "Your account")
    tab.get_by_role("button", name="Sign out", exact=True).click()
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()
    assert [one["name"] for one in tab.context.cookies()] == [known.NAME], (
        "what the privacy page says, and no session"
    )


def test_the_link_works_on_another_device_once(place: Place, tab: Page, chromium: Browser) -> None:
    ask(place, tab, "ben@example.org")
    phone = chromium.new_context(java_script_enabled=False)
    other = phone.new_page()
    other.goto(link_of(place, "ben@example.org"))
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.locator("h1")).to_have_text("Welcome")
    phone.close()
    tab.goto(link_of(place, "ben@example.org"))
    inspect(tab, "One more step")
    tab.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    inspect(tab, "This code no longer works")
    tab.get_by_role("button", name="Ask for a new code").click()
    expect(tab.locator("h1")).to_have_text("Sign in or create an account")


def test_staff_set_their_second_step_up_and_use_it(place: Place, tab: Page) -> None:
    with place.app.app_context():
        url, _ = staff.appoint("claire@valclair.example", Role.ADMINISTRATOR, "en", "shell")
        db.session.commit()
    tab.goto(url.replace("http://localhost", place.url))
    inspect(tab, "Your one-time link")
    tab.get_by_role("button", name="Begin").click()
    inspect(tab, "Set up your second step")
    expect(tab.get_by_role("img", name="QR code")).to_be_visible()
    secret = tab.locator("code").inner_text().replace(" ", "")
    tab.get_by_label("The number that your app shows").fill(pyotp.TOTP(secret).now())
    tab.get_by_role("button", name="Finish").click()
    inspect(tab, "Your recovery codes")
    recovery = tab.locator("code").first.inner_text()
    tab.goto(f"{place.url}/en/office/staff")
    inspect(tab, "Staff")
    tab.context.clear_cookies()
    ask(place, tab, "claire@valclair.example")
    tab.get_by_label("The six digits").fill(code_in(texts_to(place.app, "claire@valclair.example")[-1]))
    tab.keyboard.press("Enter")
    inspect(tab, "Second step for staff")
    tab.get_by_label("The number that your app shows").fill(recovery)
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_have_text("Your account")
    tab.goto(f"{place.url}/en/mailbox")
    inspect(tab, "Mail box of the trial site")
