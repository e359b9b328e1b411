"""What a digest leads to: two sessions at once are settled by mouse, by touch and with the keyboard alone, with scripts
and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import window
from tests.browser.test_speaking import tab_to
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TELEPHONE: dict[str, Any] = {"width": 390, "has_touch": True, "is_mobile": True}
Press = Callable[[Page, str], None]


def by_mouse(page: Page, session: str) -> None:
    page.get_by_role("button", name=f"la session « Atelier {session} »").click()


def by_touch(page: Page, session: str) -> None:
    page.get_by_role("button", name=f"la session « Atelier {session} »").tap()


def by_keyboard(page: Page, session: str) -> None:
    tab_to(page, f"form:has(input[name=keep][value={session}]) button")
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("who", "press", "how"),
    [
        pytest.param(0, by_mouse, {"width": 1280}, id="mouse"),
        pytest.param(1, by_touch, {**TELEPHONE, "java_script_enabled": False}, id="touch without scripts"),
        pytest.param(2, by_keyboard, {"width": 1280}, id="keyboard"),
        pytest.param(3, by_touch, TELEPHONE, id="touch"),
    ],
)
def test_a_clash_is_named_and_settled_and_what_was_called_off_is_said(
    chromium: Browser, town: Town, who: int, press: Press, how: dict[str, Any]
) -> None:
    kept, given_up = ("s01", "s02") if who % 2 else ("s02", "s01")
    with window(chromium, town, **how) as page:
        page.goto(town.house.url + town.colliding[who])
        note = page.locator("#clashes")
        expect(note).to_contain_text("se chevauchent maintenant")
        expect(note).to_contain_text("Atelier s01")
        expect(note).to_contain_text("Atelier s02")
        sessions = page.locator("#sessions")
        expect(sessions).to_contain_text("L’animatrice est empêchée")
        expect(sessions.locator(".tag").filter(has_text="Nouvel horaire")).to_be_visible()
        press(page, kept)
        page.wait_for_url("**#sessions")
        expect(page.locator("#clashes")).to_have_count(0)
        expect(page.locator("#sessions .facts").first).to_contain_text(f"Atelier {kept}")
        expect(page.locator("#sessions .facts").first).not_to_contain_text(f"Atelier {given_up}")
        page.goto(town.house.url + town.colliding[who])
        expect(page.locator("#clashes")).to_have_count(0)
