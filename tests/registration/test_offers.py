"""A place that is offered, as a browser without scripts meets it; and the waiting list as organisers see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from colloque.contracts.scheduling import EditionCancelled
from colloque.web.links import Links
from colloque_registration.domain.registration import Registration
from tests.registration.browsing import Browser
from tests.registration.house import SETTINGS, House, house
from tests.registration.nec18 import NADIA, OPENING, frame
from tests.registration.test_api import program
from tests.registration.test_console import LIST, signed_in
from tests.registration.test_organisers import LEA
from tests.registration.test_registering import CLAIRE, YANN

LINKS = Links(SETTINGS)
WAITING = "/console/nec-2018/waiting-list"
API = "/api/editions/nec-2018/waiting-list"


@asynccontextmanager
async def full_house() -> AsyncIterator[tuple[House, Registration, Registration, Registration]]:
    """One place, Nadia's; Yann and then Claire stand in line."""
    async with house(capacity=1) as here:
        yield here, await here.register(NADIA), await here.register(YANN), await here.register(CLAIRE)


def offer_link(registration: Registration, lang: str = "fr", *, hours: int = 48) -> str:
    """As the mail has it."""
    until = OPENING + timedelta(hours=hours)
    return f"/{lang}/offer/{LINKS.mint('offer', registration.id, registration.links, until)}"


def my_link(registration: Registration, lang: str = "fr") -> str:
    until = OPENING + timedelta(days=120)
    return f"/{lang}/registration/{LINKS.mint('registration', registration.id, registration.links, until)}"


def now(here: House, one: Registration) -> Registration:
    return here.get(Registration, one.id)


# ---- the link of the mail
async def test_the_link_shows_and_asks_and_the_button_takes_the_place() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        for _ in range(2):
            page = await browser.get(offer_link(yann))
        assert now(here, yann).state == "offered"
        assert "Une place s'est libérée pour vous" in page.text
        assert "gardée jusqu'à vendredi 22 juin à 8 h" in page.text
        assert "Session s02" in page.text
        mine = await browser.send(page, "La laisser", answer="accept")
        assert mine.path.startswith("/fr/registration/")
        assert "C'est confirmé. Votre place est réservée." in mine.text
        assert now(here, yann).sessions == ("s02", "s07")


async def test_not_now_leads_to_the_new_rank() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        browser = Browser(here)
        mine = await browser.send(await browser.get(offer_link(yann)), "La laisser", answer="later")
        assert "Vous êtes sur la liste d'attente" in mine.text
        assert "1 re sur 1 en attente" in mine.text
        assert now(here, claire).state == "offered"


async def test_the_offer_is_told_in_english_too() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        page = await Browser(here).get(offer_link(yann, "en"))
        assert "A place is free for you" in page.text
        assert "until Friday 22 June at 8 am" in page.text


async def test_the_page_leads_out_of_the_list() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        browser = Browser(here)
        asked = await browser.get(f"{my_link(yann)}/cancel")
        assert "Quitter la liste d'attente ?" in asked.text
        gone = await browser.send(asked, "Oui, quitter la liste")
        assert "Elle est annulée" in gone.text
        assert (now(here, yann).state, now(here, claire).state) == ("cancelled", "offered")


async def test_a_second_answer_finds_what_the_first_one_has_done() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        pages = [await browser.get(offer_link(yann)) for _ in range(2)]
        first = await browser.send(pages[0], "La laisser", answer="accept")
        second = await browser.send(pages[1], "La laisser", answer="accept")
        assert first.path == second.path
        assert (await browser.get(offer_link(yann))).path == first.path
        assert len([one for one in here.facts("registration.confirmed.v1") if one["subject"] == yann.id]) == 1


@pytest.mark.parametrize("rung", [False, True])
async def test_a_second_late_a_kind_page_says_so(rung: bool) -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        here.clock.at = OPENING + timedelta(hours=47)
        page = await browser.get(offer_link(yann))
        mine = await browser.get(my_link(yann))
        here.clock.at = OPENING + timedelta(hours=48)
        if rung:
            await here.until(here.clock.at)
        late = await browser.send(page, "La laisser", answer="accept")
        assert late.status == 410
        assert "Cette place n'est plus proposée" in late.text
        assert (await browser.get(offer_link(yann))).status == 410
        by_my_page = await browser.send(mine, "La laisser", answer="accept")
        assert by_my_page.status == 410
        assert "/fr/nec-2018/register" in by_my_page.html
        assert now(here, yann).state == ("expired" if rung else "offered")


async def test_who_kept_silent_reads_it_on_their_page() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.until(OPENING + timedelta(hours=48))
        assert "Le délai de réponse est passé" in (await Browser(here).get(my_link(yann))).text


async def test_who_has_left_finds_the_offer_over() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        page = await Browser(here).get(offer_link(yann))
        await here.cancel(yann)
        browser = Browser(here)
        assert (await browser.get(offer_link(yann))).status == 410
        assert page.status == 200


async def test_a_link_of_another_purpose_or_person_opens_no_offer() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        browser = Browser(here)
        other = my_link(yann).replace("/registration/", "/offer/")
        assert (await browser.get(other)).status == 404
        assert (await browser.get(offer_link(yann)[:-4])).status == 404
        theirs = await browser.get(offer_link(claire))
        assert theirs.path.startswith("/fr/registration/")
        assert "Vous êtes sur la liste d'attente" in theirs.text
        assert now(here, yann).state == "offered"


async def test_of_an_edition_called_off_the_offer_is_over() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        page = await browser.get(offer_link(yann))
        await here.hear(EditionCancelled(subject="nec-2018", at=OPENING, frame=frame(capacity=1)))
        here.forget_glances()
        assert (await browser.get(offer_link(yann))).status == 410
        assert (await browser.send(page, "La laisser", answer="accept")).status == 410


async def test_an_answer_without_a_choice_asks_again() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        page = await browser.get(offer_link(yann))
        assert (await browser.send(page, "La laisser", answer="whatever")).status == 422
        assert now(here, yann).state == "offered"


# ---- « my registration »
async def test_my_page_shows_rank_and_rule() -> None:
    async with full_house() as (here, _, _, claire):
        page = await Browser(here).get(my_link(claire))
        assert "2 e sur 2 en attente" in page.text
        assert "proposées dans l'ordre d'arrivée" in page.text
        assert "Quitter la liste d'attente" in page.text


async def test_my_page_shows_the_offer_and_takes_it() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        browser = Browser(here)
        page = await browser.get(my_link(yann))
        assert "Répondez avant" in page.text
        taken = await browser.send(page, "La laisser", answer="accept")
        assert "C'est confirmé" in taken.text


# ---- the console
async def test_organisers_see_who_waits_and_what_is_offered_until_when() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        page = await (await signed_in(here)).get(WAITING)
        assert "Le Goff Yann vendredi 22 juin à 8 h 1 à son tour" in page.text
        assert f"{WAITING}/{claire.id}/offer" in page.html
        assert f"{WAITING}/{yann.id}/offer" not in page.html


async def test_an_empty_line_says_what_will_fill_it() -> None:
    async with house() as here:
        page = await (await signed_in(here)).get(WAITING)
        assert "Personne n'attend." in page.text
        assert "<table" not in page.html


async def test_an_organiser_puts_somebody_ahead_and_says_why() -> None:
    async with full_house() as (here, nadia, yann, claire):
        browser = await signed_in(here)
        asked = await browser.get(f"{WAITING}/{claire.id}/offer")
        assert "Faire passer Claire Dubois devant ?" in asked.text
        empty = await browser.send(asked, "reason", reason=" ")
        assert empty.status == 422
        assert empty.error("reason").endswith("écrivez pourquoi.")
        listed = await browser.send(asked, "reason", reason="Interprète")
        assert listed.path == WAITING
        assert "Passée devant Interprète" in listed.text
        await here.cancel(nadia)
        here.forget_glances()
        assert "devant les autres : Interprète" in (await browser.get(f"{LIST}/{claire.id}")).text
        [line] = [one for one in here.store.written if one["message"] == "OfferPlace"]
        assert line["story"] == claire.id
        assert now(here, yann).state == "waitlisted"


async def test_who_waits_no_more_cannot_be_put_ahead() -> None:
    async with full_house() as (here, nadia, _, claire):
        browser = await signed_in(here)
        asked = await browser.get(f"{WAITING}/{claire.id}/offer")
        await here.cancel(claire)
        late = await browser.send(asked, "reason", reason="Interprète")
        assert late.status == 409
        assert "n'est plus sur la liste d'attente" in late.text
        assert (await browser.get(f"{WAITING}/{nadia.id}/offer")).status == 409
        assert (await browser.get(f"{WAITING}/nobody/offer")).status == 404


@pytest.mark.parametrize(("role", "status"), [("desk", 200), ("viewer", 403), ("programme", 403)])
async def test_the_waiting_list_is_for_the_desk(role: str, status: int) -> None:
    async with full_house() as (here, _, _, claire):
        browser = await signed_in(here, LEA.model_copy(update={"role": role, "scope": "edition:nec-2018"}))
        assert (await browser.get(WAITING)).status == status
        assert (await browser.get(f"{WAITING}/{claire.id}/offer")).status == status


async def test_a_long_line_is_read_page_by_page() -> None:
    async with house(capacity=1) as here:
        for n in range(53):
            await here.register(NADIA.model_copy(update={"family": f"N{n}", "email": f"n{n}@example.org"}))
        browser = await signed_in(here)
        first, second = await browser.get(WAITING), await browser.get(f"{WAITING}?page=2")
        assert (first.html.count('/offer"'), second.html.count('/offer"')) == (50, 2)


# ---- the API
async def test_programs_read_the_line_and_put_somebody_ahead() -> None:
    async with full_house() as (here, nadia, yann, claire):
        client = await program(here, "desk")
        answer = (await client.post(f"{API}/{claire.id}/offer", json={"reason": "Interprète"})).json()
        assert answer == {"registration": claire.id, "state": "waitlisted", "rank": 1}
        listed = (await client.get(API)).json()
        assert [(one["rank"], one["registration"], one["reason"]) for one in listed["line"]] == [
            (1, claire.id, "Interprète"),
            (2, yann.id, None),
        ]
        await here.cancel(nadia)
        listed = (await client.get(API)).json()
        assert [(one["registration"], one["until"], one["reason"]) for one in listed["offers"]] == [
            (claire.id, "2018-06-22T06:00:00Z", "Interprète")
        ]
        assert (await client.get(f"{API}?after=0&limit=1")).json()["next_after"] is None
        again: httpx.Response = await client.post(f"{API}/{claire.id}/offer", json={"reason": "Interprète"})
        assert (again.status_code, again.json()["type"].rsplit("/", 1)[-1]) == (409, "not-in-line")
        assert (await client.post(f"{API}/{yann.id}/offer", json={"reason": ""})).status_code == 422
