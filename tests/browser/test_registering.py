"""The registration story in a browser: with scripts, without, and with the keyboard alone."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from colloque_embedded.story import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION
from tests.browser.conftest import apart
from tests.browser.looking import window
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def mail_to(town: Town, address: str, purpose: str) -> Mail:
    async def wait() -> Mail:
        async with httpx.AsyncClient(base_url=town.house.url, timeout=60) as client:
            return await Inbox(client).arrival(address, like=lambda mail: bool(mail.links_for(purpose)))

    return apart(wait())


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_somebody_registers_corrects_confirms_changes_and_cancels(chromium: Browser, town: Town, scripts: bool) -> None:
    address = f"nadege.{'with' if scripts else 'without'}@example.org"
    with window(chromium, town, 390, java_script_enabled=scripts) as page:
        page.goto(f"{town.house.url}/fr/{EDITION}")
        page.get_by_role("link", name="S’inscrire", exact=True).last.click()

        # Somebody else's name is missing, and the address lacks its end.
        page.get_by_label("Une autre personne, avec son accord").check()
        page.get_by_label("Prénom").fill("Nadège")
        page.get_by_label("Nom", exact=True).fill("Le Bris")
        page.get_by_label("Adresse de courriel").fill("nadege@example")
        page.get_by_label("Communs 2/5").check()
        page.get_by_label("Déjeuner").select_option("vegetarian")
        page.get_by_label("Un accès sans marche").check()
        page.get_by_role("button", name="Envoyer ma demande").click()

        expect(page).to_have_title(re.compile(r"^Erreur\s: 2 réponses à revoir"))
        summary = page.get_by_role("alert")
        expect(summary).to_contain_text("Rien n’est perdu")
        for link in summary.get_by_role("link").all():
            target = (link.get_attribute("href") or "").removeprefix("#")
            assert page.locator(f"[id='{target}']").count() == 1, target
        summary.get_by_role("link", name=re.compile("Question 4")).click()
        expect(page).to_have_url(re.compile("#email$"))
        email = page.get_by_label("Adresse de courriel")
        expect(email).to_have_value("nadege@example")
        expect(email).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#email-e")).to_contain_text("Erreur")
        assert "email-e" in (email.get_attribute("aria-describedby") or "")
        expect(page.get_by_label("Communs 2/5")).to_be_checked()
        expect(page.get_by_label("Un accès sans marche")).to_be_checked()

        page.get_by_label("Moi", exact=True).check()
        email.fill(address)
        page.get_by_role("button", name="Envoyer ma demande").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Regardez vos courriels")

        page.goto(mail_to(town, address, "confirm").link("confirm"))
        expect(page.locator("main")).to_contain_text("Rien n’est fait tant que vous n’avez pas appuyé")
        expect(page.locator("main")).to_contain_text("Communs 2/5")
        page.get_by_role("button", name="Confirmer mon inscription").click()
        expect(page.get_by_role("status").first).to_contain_text("C’est confirmé")

        page.goto(mail_to(town, address, "registration").link("registration"))
        page.get_by_text("Changer mes sessions").click()
        page.get_by_label("Consentement").check()
        page.get_by_role("button", name="Enregistrer mes sessions").click()
        expect(page.locator("#sessions .facts").first).to_contain_text("Consentement")

        page.get_by_role("link", name="Annuler mon inscription").click()
        page.get_by_role("button", name="Oui, annuler").click()
        expect(page.locator("main")).to_contain_text("Elle est annulée")


def focused(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();"
        " return { id: e.id, text: (e.textContent || e.value || '').trim().slice(0, 40), tag: e.tagName,"
        " outline: s.outlineStyle + ' ' + parseFloat(s.outlineWidth), seen: String(b.right > 0 && b.width > 1) } }"
    )
    return found


def tab_to(page: Page, id: str = "", text: str = "") -> None:
    """With the keyboard alone, through whatever lies between: each of it must show that it has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        here = focused(page)
        assert here["tag"] != "BODY", f"the page ends before {id or text}"
        assert here["seen"] == "true", here
        style, width = here["outline"].split()
        assert style != "none", here
        assert float(width) >= 2, here
        if (id and here["id"] == id) or (text and here["text"] == text):
            return
    raise AssertionError(f"{id or text} is not reached")


def test_the_whole_form_is_filled_in_with_the_keyboard_alone(chromium: Browser, town: Town) -> None:
    address = "clavier@example.org"
    with window(chromium, town) as page:
        page.goto(f"{town.house.url}/fr/{EDITION}/register")
        page.keyboard.press("Tab")
        assert focused(page)["text"] == "Aller au contenu"
        assert focused(page)["seen"] == "true"
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()

        tab_to(page, "who-self")
        for id, said in (("given", "Inès"), ("family", "Clavier"), ("email", address)):
            tab_to(page, id)
            page.keyboard.type(said)
        tab_to(page, "category")
        page.keyboard.press("ArrowDown")
        tab_to(page, "meal")
        tab_to(page, "access-step_free")
        page.keyboard.press("Space")
        tab_to(page, "consents-image")
        page.keyboard.press("Space")
        tab_to(page, text="Envoyer ma demande")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Regardez vos courriels")

        page.goto(mail_to(town, address, "confirm").link("confirm"))
        expect(page.locator("main")).to_contain_text("Un accès sans marche")
        tab_to(page, text="Confirmer mon inscription")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("C’est confirmé")
