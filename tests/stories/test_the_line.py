"""A free place finds one taker and never two, whoever asks when: meetings of one place, in the house that has just
opened."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

from colloque_embedded.story import Page, Visitor
from colloque_embedded.story.nec18 import wall
from colloque_embedded.story.visitor import path_of
from tests.stories.houses import OpenHouse
from tests.stories.meeting import DAY, Meeting

PLACE_IS_YOURS = "C'est confirmé. Votre place est réservée."
IN_LINE = "Vous êtes sur la liste d'attente"


def rank(page: Page) -> tuple[int, int]:
    found = re.search(r"(\d+) ?(?:re|er|e) sur (\d+) en attente", page.text)
    assert found, page.text
    return int(found[1]), int(found[2])


async def full(here: OpenHouse, id: str, *names: str, day: str = DAY) -> Meeting:
    """The first has the place, the others stand in line in that order."""
    meeting = await Meeting(here, id, day).begin(capacity=1)
    for place, name in enumerate(names):
        mine = await meeting.comes(name)
        assert (IN_LINE if place else PLACE_IS_YOURS) in mine.text
    await meeting.here.all_is_read()
    return meeting


async def offer_page(meeting: Meeting, name: str) -> tuple[Visitor, Page]:
    visitor = meeting.here.visitor()
    return visitor, await visitor.get((await meeting.last_mail(name, "offer")).link("offer"))


async def test_two_click_for_the_last_place_at_once_and_one_gets_it(open_house: OpenHouse) -> None:
    meeting = await Meeting(open_house, "une-place").begin(capacity=1)
    both = [await meeting.asks_to_come(name) for name in ("Abel", "Berthe")]
    pages = await asyncio.gather(*(visitor.send(page) for visitor, page in both))
    assert sorted(PLACE_IS_YOURS in page.text for page in pages) == [False, True]
    [waits] = [page for page in pages if IN_LINE in page.text]
    assert rank(waits) == (1, 1)
    await meeting.has(confirmed=1, kept=0, waiting=1)
    templates = sorted(template for template, _ in await meeting.news())
    assert templates[2:] == ["registration_confirmed", "registration_waitlisted"]


async def test_who_takes_an_offer_at_once_with_a_newcomer_and_twice_holds_one_place(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "offre", "Abel", "Berthe")
    newcomer, asked = await meeting.asks_to_come("Carole")
    await meeting.cancels("Abel")
    await meeting.here.all_is_read()
    await meeting.has(confirmed=0, kept=1, waiting=0)
    berthe, page = await offer_page(meeting, "Berthe")
    first, second, stranger = await asyncio.gather(
        *(berthe.send(page, "La laisser", answer="accept") for _ in range(2)), newcomer.send(asked)
    )
    assert PLACE_IS_YOURS in first.text
    assert PLACE_IS_YOURS in second.text
    assert rank(stranger) == (1, 1)
    assert set(await meeting.news()) == {
        ("registration_confirmed", meeting.mailbox("Berthe")),
        ("registration_waitlisted", meeting.mailbox("Carole")),
    }
    await meeting.has(confirmed=1, kept=0, waiting=1)


async def test_not_now_leads_to_the_end_of_the_line_and_leaving_out_of_it(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "plus-tard", "Abel", "Berthe", "Carole", "Denis", "Edith")
    page = await meeting.my_page("Carole")
    assert rank(page) == (2, 4)
    for rule in ("dans l'ordre d'arrivée", "48 h pour répondre", "la place va à la personne suivante"):
        assert rule in page.text

    await meeting.cancels("Abel")
    assert ("place_offered", meeting.mailbox("Berthe")) in await meeting.news()
    berthe, offered = await offer_page(meeting, "Berthe")
    later = await berthe.send(offered, "La laisser", answer="later")
    assert rank(later) == (3, 3)
    assert ("place_offered", meeting.mailbox("Carole")) in await meeting.news()

    # Carole, who is offered it, leaves; Edith leaves from her rank: Denis is asked, and Berthe is next.
    left = await meeting.cancels("Carole")
    assert "Elle est annulée." in left.text
    await meeting.cancels("Edith")
    news = await meeting.news()
    assert ("place_offered", meeting.mailbox("Denis")) in news
    assert rank(await meeting.my_page("Berthe")) == (1, 1)
    await meeting.has(confirmed=0, kept=1, waiting=1)


async def test_somebody_is_put_ahead_for_a_reason_that_everybody_may_know(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "devant", "Abel", "Berthe", "Carole")
    waiting = await meeting.get("waiting-list")
    [_, carole] = waiting["line"]
    ahead = f"/api/editions/{meeting.id}/waiting-list/{carole['registration']}/offer"
    assert (await meeting.here.organiser.refusal(ahead, {"reason": ""})).status == 422
    reason = "Elle interprète la session du soir"
    answer = await meeting.here.organiser.post(ahead, {"reason": reason})
    assert (answer["state"], answer["rank"]) == ("waitlisted", 1), "no reason makes a place"
    await meeting.here.nobody_has_heard()
    assert rank(await meeting.my_page("Berthe")) == (2, 2)

    await meeting.cancels("Abel")
    assert ("place_offered", meeting.mailbox("Carole")) in await meeting.news()
    [offer] = (await meeting.get("waiting-list"))["offers"]
    assert (offer["registration"], offer["reason"]) == (carole["registration"], reason)
    trace = await meeting.here.organiser.get(f"/api/traces/{carole['registration']}")
    assert reason in str(trace)
    assert (await meeting.here.organiser.refusal(ahead, {"reason": reason})).rule == "not-in-line"


async def test_the_links_of_who_has_cancelled_open_nothing_any_more(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "partie", "Abel", "Berthe", "Carole")
    await meeting.cancels("Abel")
    await meeting.news()
    berthe, offered = await offer_page(meeting, "Berthe")
    gone = await meeting.cancels("Berthe")
    assert "Elle est annulée." in gone.text
    await meeting.news()
    assert (await berthe.send(offered, "La laisser", answer="accept")).status == 410
    assert (await berthe.get(offered.url)).status == 410
    mine = await meeting.my_page("Abel")
    assert "Elle est annulée." in mine.text
    assert not [form for form in mine.forms if form.method == "post"], "there is nothing to change"
    ticket = await berthe.get((await meeting.last_mail("Abel", "ticket")).link("ticket"))
    assert ticket.status == 410
    assert "Ce billet n'est pas valable" in ticket.text
    again = await berthe.get((await meeting.last_mail("Abel", "cancel")).link("cancel"))
    assert path_of(again.url) == mine.path, "there is nothing to cancel"
    await meeting.here.nobody_has_heard()
    await meeting.has(confirmed=0, kept=1, waiting=0)


async def test_a_link_opens_what_it_was_made_for_and_nothing_else(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "liens", "Abel", "Berthe")
    await meeting.cancels("Abel")
    await meeting.news()
    link = (await meeting.last_mail("Berthe", "offer")).link("offer")
    mine = (await meeting.last_mail("Abel", "registration")).link("registration")
    stranger = meeting.here.visitor()
    for bent in (
        mine.replace("/registration/", "/offer/"),
        link.replace("/offer/", "/registration/"),
        f"{link[:-3]}abc",
    ):
        assert (await stranger.get(bent)).status == 404, bent
    await meeting.has(confirmed=0, kept=1, waiting=0)


async def test_an_offer_ends_with_the_opening_and_an_answer_after_that_comes_too_late(open_house: OpenHouse) -> None:
    meeting = await full(open_house, "ouverture", "Abel", "Berthe", "Carole", day="2018-07-05")
    opening = wall("2018-07-05T10:00")
    await meeting.here.play.move_clock(opening - timedelta(hours=5))
    await meeting.cancels("Abel")
    await meeting.here.all_is_read()
    [offer] = (await meeting.get("waiting-list"))["offers"]
    assert datetime.fromisoformat(offer["until"]) == opening
    berthe, page = await offer_page(meeting, "Berthe")
    await meeting.here.play.move_clock(opening)
    late = await berthe.send(page, "La laisser", answer="accept")
    assert late.status == 410
    assert set(await meeting.news()) == {("offer_expired", meeting.mailbox("Berthe"))}
    assert (await meeting.get("waiting-list"))["offers"] == [], "who is there, is there"
    await meeting.has(confirmed=0, kept=1, waiting=1)
