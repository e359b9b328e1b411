"""The desk finds somebody, follows what became of them, and takes a list along: by mouse, by touch without scripts, and
with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from colloque_embedded.story.nec18 import EDITION
from tests.browser.looking import window
from tests.browser.shaken import CONSOLE, REFUSED
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_somebody_is_found_by_mouse_and_their_story_read(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["registrations"])
        page.get_by_label("Nom ou courriel").fill("rossi")
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_role("table")).to_contain_text("1 inscription trouvée")
        assert "rossi" not in page.url
        page.get_by_role("link", name="Rossi Giulia").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Giulia Rossi")
        page.get_by_role("link", name="Voir la trace").click()
        expect(page.locator("main")).to_contain_text("Inscription confirmée")
        expect(page.locator("main")).not_to_contain_text("Rossi")


def test_a_mailbox_that_refuses_is_seen_by_touch_without_scripts(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, signed_in=True, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(f"{town.house.url}{CONSOLE}/registrations")
        page.get_by_label("Nom ou courriel").fill(REFUSED)
        page.get_by_role("button", name="Chercher").tap()
        page.get_by_role("link", name="Perdue Rita").tap()
        expect(page.locator(".tag.bad")).to_have_text("Non remis")
        expect(page.locator("main")).to_contain_text("vérifiez l’adresse avec la personne")


def test_a_list_for_the_door_is_taken_along_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(f"{town.house.url}/console/{EDITION}/registrations")
        tab_to(page, "input[name=columns]", most=150)
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label(re.compile("^Pour l’émargement"))).to_be_checked()
        tab_to(page, "form[action$='.csv'] button")
        with page.expect_download() as taken:
            page.keyboard.press("Enter")
        assert taken.value.suggested_filename.endswith(".csv")
        [head, *rows] = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert head.startswith("number,family,given,")
        assert len(rows) > 40
