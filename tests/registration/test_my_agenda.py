"""« My registration » after a release: what has changed, what was called off, and two sessions at once."""

from __future__ import annotations

import re
from datetime import timedelta

from colloque.web.i18n import missing
from colloque.web.links import Links
from colloque_registration.domain.registration import Registration
from tests.registration.browsing import Browser, Page
from tests.registration.house import AFTERNOON, SETTINGS, House, house
from tests.registration.nec18 import NADIA, OPENING
from tests.registration.releases import next_release
from tests.registration.test_agenda import s02, s07

LINKS = Links(SETTINGS)


def my_page(registration: Registration, lang: str = "fr") -> str:
    token = LINKS.mint("registration", registration.id, registration.links, OPENING + timedelta(days=200))
    return f"/{lang}/registration/{token}"


async def after_a_swap(here: House) -> tuple[Browser, Registration]:
    """s02 has come to the hours of s07, and Nadia has both."""
    nadia = await here.register(NADIA)
    await here.hear(next_release(2, (s02(), s02(*AFTERNOON))))
    await here.until(OPENING)
    here.forget_glances()
    return Browser(here), here.get(Registration, nadia.id)


async def test_two_sessions_at_once_are_named_and_one_is_kept_by_a_button_without_scripts() -> None:
    async with house() as here:
        browser, nadia = await after_a_swap(here)
        page = await browser.get(my_page(nadia))
        assert "se chevauchent maintenant" in page.text
        assert page.text.count("Garder celle-ci") == 2
        assert len(re.findall(r"<dt>Jeudi\s13, 14\sh</dt>", page.html)) == 1
        assert "Nouvel horaire" in page.text

        kept: Page = await browser.send(page, "Garder celle-ci, la session « Session s07 »")
        assert here.get(Registration, nadia.id).sessions == ("s07",)
        assert (here.taken("s02"), here.taken("s07")) == (0, 1)
        assert "se chevauchent" not in kept.text


async def test_the_same_button_twice_gives_up_one_seat() -> None:
    async with house() as here:
        browser, nadia = await after_a_swap(here)
        page = await browser.get(my_page(nadia))
        for _ in range(2):
            await browser.send(page, "Garder celle-ci, la session « Session s07 »")
        assert (here.taken("s02"), here.taken("s07")) == (0, 1)
        assert len(here.facts("registration.amended.v1")) == 1


async def test_what_was_called_off_is_said_with_its_reason() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        off = s07(state="cancelled", reason={"fr": "L'intervenante est empêchée.", "en": "The speaker cannot come."})
        await here.hear(next_release(2, (s07(), off)))
        await here.until(OPENING)
        here.forget_glances()
        page = await Browser(here).get(my_page(nadia, "en"))
        assert "This session that you had booked is cancelled" in page.text
        assert "The speaker cannot come." in page.text
        assert "overlap" not in page.text


async def test_nothing_is_said_of_a_release_where_nothing_has_changed() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        page = await Browser(here).get(my_page(nadia))
        for words in ("chevauchent", "Nouvel horaire", "annulée"):
            assert words not in page.text


def test_every_word_is_there_in_english() -> None:
    assert missing("colloque_registration") == []
