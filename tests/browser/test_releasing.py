"""Versions in the console: read before they are made, made, put beside each other, and taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import window
from tests.browser.shaken import CONSOLE
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_whom_a_version_would_tell_is_read_by_mouse_before_it_is_made(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(f"{town.house.url}{CONSOLE}/programme")
        page.get_by_role("link", name="Relire la version 3").click()
        expect(page.get_by_role("table").first).to_contain_text("Salle Loire")
        page.get_by_role("button", name="Voir qui serait prévenu").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Qui serait prévenu")
        expect(page.locator("main")).to_contain_text("écrirait à 1 personne inscrite")
        expect(page.get_by_role("table").last).to_contain_text("Après Max")
        page.get_by_role("link", name="Revenir aux versions").click()
        expect(page.locator("main .margin").first).to_contain_text("Version 2 en ligne")


def test_a_version_is_made_by_touch_on_a_telephone_without_scripts(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, signed_in=True, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(f"{town.house.url}{CONSOLE}/releases")
        page.get_by_role("button", name="Publier la version").tap()
        expect(page.get_by_role("status")).to_contain_text("est en ligne")
        expect(page.get_by_role("heading", name="La prochaine version")).to_be_visible()
        page.goto(f"{town.house.url}{CONSOLE}/programme")
        expect(page.locator("main")).to_contain_text("Aucune session à publier")


def test_two_versions_are_compared_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(f"{town.house.url}{CONSOLE}/releases")
        for id, n in (("from", "2"), ("to", "1")):
            tab_to(page, f"#{id}")
            page.keyboard.type(n)
            expect(page.locator(f"#{id}")).to_have_value(n)
        tab_to(page, "#to ~ *, form[action$='#compare'] button")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"from=2&to=1"))
        compared = page.get_by_role("table").filter(has_text="Atelier s03")
        expect(compared).to_contain_text("programmée")
        expect(compared).to_contain_text("annulée")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_version_is_put_back_into_the_draft_by_touch(chromium: Browser, town: Town, scripts: bool) -> None:
    with window(
        chromium, town, 390, signed_in=True, java_script_enabled=scripts, has_touch=True, is_mobile=True
    ) as page:
        page.goto(f"{town.house.url}{CONSOLE}/releases/1")
        expect(page.get_by_role("table").last).to_contain_text("Atelier s03")
        page.get_by_role("button", name="Remettre dans le brouillon").tap()
        page.wait_for_url(re.compile("done=restored"))
        expect(page.get_by_role("status")).to_contain_text("Le brouillon dit de nouveau")
        expect(page.locator("#s02")).to_contain_text("Nouvel horaire")
