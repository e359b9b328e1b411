"""An organiser changes the programme: with the keyboard alone, and by touch on a telephone without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import window
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_two_sessions_are_swapped_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["programme"])
        tab_to(page, 'a[href$="/programme/s06"]')
        page.keyboard.press("Enter")
        page.wait_for_url("**/programme/s06")
        tab_to(page, "#other")
        while not page.locator("#other").input_value().startswith("s09@"):
            page.keyboard.press("ArrowDown")
        tab_to(page, "button.alt")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("ont échangé leurs places")
        expect(page.locator("#s06")).to_contain_text("Nouvel horaire")
        expect(page.locator("#s09")).to_contain_text("Nouvel horaire")


def test_a_session_is_moved_by_touch_without_scripts_and_what_is_taken_is_said_beside_it(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 390, signed_in=True, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.console["session to move"])
        page.get_by_label("Salle", exact=True).select_option("plateau")
        page.get_by_role("button", name="Enregistrer").tap()
        expect(page.locator("#room-e")).to_contain_text("accueille déjà")
        expect(page.get_by_label("Salle", exact=True)).to_have_value("plateau")
        page.get_by_label("Salle", exact=True).select_option("galerie")
        page.get_by_role("button", name="Enregistrer").tap()
        expect(page.get_by_role("status")).to_contain_text("enregistré dans le brouillon")
        expect(page.locator("#s12")).to_contain_text("Nouvelle salle")
