"""A mail that a mailbox refused is found, read and sent again: by mouse, with the keyboard alone, by touch without
scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import window
from tests.browser.shaken import CONSOLE
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_by_mouse_from_the_list_to_the_repeat(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(f"{town.house.url}{CONSOLE}/mails")
        page.get_by_role("link", name=re.compile("^Rejetés")).click()
        row = page.get_by_role("row").last
        expect(row).to_contain_text("adresse refusée")
        row.get_by_role("link").click()
        expect(page.locator(".note.bad")).to_contain_text("550 5.1.1 No such user")
        page.get_by_role("button", name="Renvoyer ce courriel").click()
        expect(page.locator("main")).to_contain_text("Ce courriel en redit un premier")
        expect(page.locator("main")).to_contain_text("renvoi n° 1")


def test_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 1280, signed_in=True) as page:
        page.goto(town.house.url + town.console["one of mails"])
        before = page.url
        tab_to(page, "main form button")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Ce courriel en redit un premier")
        assert page.url != before


def test_by_touch_on_a_telephone_without_scripts(chromium: Browser, town: Town) -> None:
    with window(chromium, town, 390, signed_in=True, java_script_enabled=False, has_touch=True, is_mobile=True) as page:
        page.goto(town.house.url + town.console["one of mails"])
        page.get_by_role("button", name="Renvoyer ce courriel").tap()
        expect(page.locator("main")).to_contain_text("Ce courriel en redit un premier")
        page.goto(town.house.url + town.console["mail waiting"])
        expect(page.locator(".note.warn")).to_contain_text("boîte pleine")
        expect(page.locator("main")).to_contain_text("rien n’est à renvoyer")
        expect(page.get_by_role("button", name="Renvoyer ce courriel")).to_have_count(0)
