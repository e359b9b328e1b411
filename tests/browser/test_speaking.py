"""A speaker answers on a telephone without scripts; an organiser works through the answers with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import window
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def tab_to(page: Page, what: str, most: int = 80) -> None:
    """Until that has the focus, which must be visible all the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("w => document.activeElement.matches(w)", what):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none"
            return
    raise AssertionError(f"the keyboard does not lead to {what}")


def test_a_speaker_says_no_by_touch_without_scripts_and_then_reads_that_it_is_noted(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 390, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.pages["invitation"])
        page.get_by_label("Un mot pour l’équipe").fill("Je suis en séance ce jour-là.")
        page.get_by_role("button", name="Non, je ne peux pas").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté")
        expect(page.get_by_role("button")).to_have_count(0)


def test_an_organiser_notes_an_answer_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["speakers silent"])
        tab_to(page, "th a[href*='/speakers/s17.']")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/speakers/s17\."))
        tab_to(page, "input[name=answer]")
        page.keyboard.press("Space")
        expect(page.get_by_label("Oui", exact=True)).to_be_checked()
        tab_to(page, "textarea[name=message]")
        page.keyboard.type("Dit au téléphone.")
        tab_to(page, "button.btn")
        page.keyboard.press("Enter")
        expect(page.locator(".tag").first).to_have_text("Oui")
        expect(page.get_by_text("Dit au téléphone.")).to_be_visible()


def test_an_organiser_on_a_telephone_reminds_somebody_by_touch(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, signed_in=True, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.console["speakers silent"])
        row = page.get_by_role("row").filter(has_text="Oksana")
        row.get_by_role("button", name="Rappeler").tap()
        expect(page.get_by_role("row").filter(has_text="Oksana")).to_contain_text("rappel")
        expect(page.get_by_role("row").filter(has_text="Oksana").get_by_role("button")).to_have_count(0)
