"""Somebody takes an offered place on a telephone without scripts; an organiser puts somebody ahead of the line with the
keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import window
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_an_organiser_puts_somebody_ahead_with_the_keyboard_alone_and_the_list_says_why(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["waiting list"])
        offers, line = page.get_by_role("table").all()
        expect(offers).to_contain_text("Petit 4 Ana")
        expect(line.get_by_role("row").nth(1)).to_contain_text("Petit 5")
        last = line.get_by_role("row").last.get_by_role("link", name="Faire passer devant").get_attribute("href")
        tab_to(page, f"a[href='{last}']")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/offer$"))
        tab_to(page, "input[name=reason]")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("écrivez pourquoi")
        tab_to(page, "input[name=reason]")
        page.keyboard.type("Remplace un intervenant")
        tab_to(page, "button.btn")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/waiting-list$"))
        first = page.get_by_role("table").last.get_by_role("row").nth(1)
        expect(first).to_contain_text("Petit 7")
        expect(first).to_contain_text("Remplace un intervenant")


def test_an_offered_place_is_taken_by_touch_without_scripts_and_its_link_then_shows_the_ticket(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 390, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.pages["offer"])
        expect(page.get_by_role("heading", level=1)).to_have_text("Une place s’est libérée pour vous")
        page.get_by_role("button", name="Prendre la place").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon inscription")
        expect(page.get_by_role("status").first).to_contain_text("C’est confirmé")
        page.goto(town.house.url + town.pages["offer"])
        expect(page.get_by_role("status").first).to_contain_text("C’est confirmé")
