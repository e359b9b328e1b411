"""Organisers change the programme: by mouse, with the keyboard alone, by touch on a telephone without scripts, and two
at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from colloque_embedded.story.nec18 import EDITION
from tests.browser.looking import overflow, window
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


def test_the_grid_leads_to_a_session_and_back_by_touch_on_a_telephone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, signed_in=True, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.console["programme"])
        assert overflow(page) <= 0
        page.locator("#s15").get_by_role("link").tap()
        page.wait_for_url("**/programme/s15")
        page.get_by_label("Salle", exact=True).select_option("audito")
        page.get_by_role("button", name="Enregistrer").tap()
        page.wait_for_url("**#s15")
        expect(page.locator("#s15")).to_be_in_viewport()
        expect(page.locator("#s15")).to_contain_text("Nouvelle salle")


def test_a_session_is_cancelled_by_mouse_and_marked_on_the_grid(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["programme"])
        page.locator("#s05").get_by_role("link").click()
        page.get_by_label("Raison, en français").fill("Salle indisponible.")
        page.get_by_role("button", name="Annuler cette session").click()
        expect(page.get_by_role("status")).to_contain_text("annulée dans le brouillon")
        expect(page.locator("#s05")).to_contain_text("Annulée")


@pytest.mark.parametrize("width", [390, 1280])
def test_of_two_who_save_the_same_session_the_second_sees_what_the_first_did_and_loses_nothing(
    chromium: Browser, town: Town, width: int
) -> None:
    path = f"{town.house.url}/console/{EDITION}/programme/s14"
    with (
        window(chromium, town, width, signed_in=True) as lea,
        window(chromium, town, width, cookies=town.colleague) as omar,
    ):
        for page in (lea, omar):
            page.goto(path)
        stood, first, second = int(lea.get_by_label("Places").input_value()), 200 + width % 7, 150 + width % 7
        assert stood not in (first, second)
        lea.get_by_label("Places").fill(str(first))
        lea.get_by_role("button", name="Enregistrer").click()
        expect(lea.get_by_role("status")).to_contain_text("enregistré dans le brouillon")

        omar.get_by_label("Places").fill(str(second))
        omar.get_by_role("button", name="Enregistrer").click()
        expect(omar.get_by_role("alert")).to_contain_text("entre-temps")
        expect(omar.get_by_label("Places")).to_have_value(str(second))
        expect(omar.locator("#seats-h")).to_have_text(f"En place maintenant : {first}")
        omar.get_by_role("button", name="Enregistrer").click()
        expect(omar.get_by_role("status")).to_contain_text("enregistré dans le brouillon")
        lea.goto(path)
        expect(lea.get_by_label("Places")).to_have_value(str(second))
