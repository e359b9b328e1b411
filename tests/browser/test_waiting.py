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
        expect(line.get_by_role("row").nth(1)).to_contain_text("Petit 6")
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
        expect(first).to_contain_text("Petit 8")
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


def test_an_organiser_puts_somebody_ahead_by_touch_on_a_telephone_and_the_trace_shows_why(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 390, signed_in=True, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.console["waiting list"])
        line = page.get_by_role("table").last.get_by_role("row")
        who = line.filter(has_text="Petit 6")
        who.get_by_role("link", name="Faire passer devant").tap()
        page.get_by_label("Raison").fill("Interprète de la plénière")
        page.get_by_role("button", name="Faire passer devant").tap()
        page.wait_for_url(re.compile(r"/waiting-list$"))
        put = page.get_by_role("row").filter(has_text="Petit 6")
        expect(put).to_contain_text("Interprète de la plénière")
        put.get_by_role("rowheader").get_by_role("link").tap()
        page.get_by_role("link", name="Voir la trace").tap()
        expect(page.locator("main")).to_contain_text("Interprète de la plénière")


def test_an_offer_is_left_to_the_next_by_touch_and_the_person_reads_their_new_rank(
    chromium: Browser, town: Town
) -> None:
    with window(chromium, town, 390, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.pages["offer later"])
        page.get_by_role("button", name="La laisser à la personne suivante").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes sur la liste d’attente")


def test_an_offer_that_is_over_leads_to_the_form(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, java_script_enabled=False) as page:
        answer = page.goto(town.house.url + town.pages["offer over"])
        assert answer is not None
        assert answer.status == 410
        page.get_by_role("link", name="Vous inscrire à nouveau").click()
        expect(page).to_have_url(re.compile(r"/register$"))
