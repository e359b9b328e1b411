"""A2. Full house: somebody cancels, and the place finds its taker; silence passes it on. The figures of each moment are
those of an independent replay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import vobject
from icalendar import Calendar

from colloque_embedded.story import Page
from colloque_embedded.story.afterwards import checkpoint, places
from colloque_embedded.story.nec18 import EDITION, wall
from tests.stories.houses import FullHouse, eventually, taken

LINE = f"/api/editions/{EDITION}/waiting-list"
A_MINUTE = timedelta(minutes=1)


async def stands_as_expected(here: FullHouse, after: str) -> None:
    wanted = checkpoint(here.data, after)
    await eventually(lambda: places(here.organiser), wanted)


async def my_page(here: FullHouse, id: str) -> Page:
    """By the link of their last mail that has one."""
    row = here.data.rows[id]
    link = [mail for mail in await here.inbox.to(row.mailbox) if mail.links_for("registration")][-1].link(
        "registration"
    )
    return await here.visitor(row.locale).get(link)


async def offered(here: FullHouse) -> dict[str, datetime]:
    """To whom, until when, as the desk sees it."""
    return {
        here.found.row_of[one["registration"]]: datetime.fromisoformat(one["until"])
        for one in (await here.organiser.get(LINE))["offers"]
    }


async def state_of(here: FullHouse, id: str) -> Any:
    """The registration as the desk lists it."""
    known = here.found.registration_of[id]
    after = known["number"] - 1
    page = await here.organiser.get(f"/api/editions/{EDITION}/registrations", after=after, limit=1)
    [one] = page["registrations"]
    assert one["id"] == known["id"]
    return one


async def test_r0002_cancels_and_the_place_is_offered_to_the_first_in_line(full_house: FullHouse) -> None:
    here, yann = full_house, full_house.visitor("fr")
    row = here.data.rows["r0002"]
    await here.at("2018-09-08T09:30")
    await here.all_is_read()

    # He follows the link of his confirmation: looking cancels nothing.
    told = next(mail for mail in await here.inbox.to(row.mailbox) if mail.links_for("cancel"))
    before = await taken(here)
    asked = await yann.get(told.link("cancel"))
    assert asked.status == 200
    assert await taken(here) == before
    await here.nobody_has_heard()

    # The button does. His seat is free, and his calendar is taken back.
    await here.play.move_clock(wall("2018-09-08T10:00"))
    gone = await yann.send(asked, "Oui, annuler")
    assert "Elle est annulée." in gone.text
    news = await here.news()
    assert set(news) == {("registration_cancelled", "r0002"), ("place_offered", "r0851")}
    [taken_back] = news["registration_cancelled", "r0002"].calendars
    assert Calendar.from_ical(taken_back)["method"] == "CANCEL"
    entries = {event.uid.value.partition(".")[0]: event for event in vobject.readOne(taken_back.decode()).vevent_list}
    assert set(entries) == {"s01", "s04", "s18"}
    assert {(event.status.value, event.sequence.value) for event in entries.values()} == {("CANCELLED", "1")}
    await eventually(lambda: taken(here), {**before, "s04": before["s04"] - 1})

    # The first in line has 48 hours to say whether she wants the place.
    offer = news["place_offered", "r0851"]
    assert "une place s'est libérée pour vous" in offer.subject
    assert "Elle vous est gardée jusqu'au lundi 10 septembre 2018 à 10 h" in offer.text
    assert offer.calendars == []
    [(whom, until)] = (await offered(here)).items()
    assert whom == "r0851"
    assert timedelta(0) <= until - wall("2018-09-10T10:00") < A_MINUTE
    await stands_as_expected(here, "cancel r0002")


async def test_those_behind_move_up_without_a_mail_and_read_rank_and_rule_on_their_page(full_house: FullHouse) -> None:
    here = full_house
    for rank, id in enumerate(("r0852", "r0853"), 1):
        page = await my_page(here, id)
        assert re.search(rf"\b{rank} ?(re|er|e|st|nd|rd|th) (sur|of) 2\b", page.text), page.text
        rules = ("proposées dans l'ordre d'arrivée", "Vous avez 48 h pour répondre", "vous quittez la liste")
        english = ("offered in order of arrival", "You have 48 hours to answer", "you leave the list")
        assert all(rule in page.text for rule in (rules if page.path.startswith("/fr/") else english)), page.text
    await here.nobody_has_heard()


async def test_r0851_takes_the_place_once_however_often_she_clicks(full_house: FullHouse) -> None:
    here, claire = full_house, full_house.visitor("fr")
    row = here.data.rows["r0851"]
    await here.at("2018-09-09T18:30")
    offer = [mail for mail in await here.inbox.to(row.mailbox) if mail.links_for("offer")][-1]

    # A mail scanner opens every link before she does.
    pages = [await claire.get(offer.link("offer")) for _ in range(2)]
    assert "la place vous est gardée jusqu'à lundi 10 septembre à 10 h" in pages[0].text
    await here.nobody_has_heard()
    assert await state_of(here, "r0851") == {**here.found.registration_of["r0851"], "state": "offered"}

    mine = await claire.send(pages[0], "La laisser", answer="accept")
    assert "C'est confirmé. Votre place est réservée." in mine.text
    again = await claire.send(pages[1], "La laisser", answer="accept")
    assert (again.status, again.path) == (200, mine.path)
    assert (await claire.get(offer.link("offer"))).path == mine.path

    news = await here.news()
    assert set(news) == {("registration_confirmed", "r0851")}
    [ticket], [_] = news["registration_confirmed", "r0851"].pictures, news["registration_confirmed", "r0851"].calendars
    assert ticket
    await stands_as_expected(here, "accept_offer r0851")


async def test_silence_passes_the_place_on_and_a_second_late_is_too_late(full_house: FullHouse) -> None:
    here, karsten = full_house, full_house.visitor("en")
    await here.at("2018-09-09T21:15")
    ornella = here.visitor("fr")
    confirmed = next(m for m in await here.inbox.to(here.data.rows["r0100"].mailbox) if m.links_for("cancel"))
    await ornella.send(await ornella.get(confirmed.link("cancel")))
    news = await here.news()
    assert set(news) == {("registration_cancelled", "r0100"), ("place_offered", "r0852")}
    await stands_as_expected(here, "cancel r0100")
    offer = news["place_offered", "r0852"]
    page = await karsten.get(offer.link("offer"))
    assert "A place is free for you" in page.text

    # Shortly before its end it is still his, and nobody has heard anything.
    until = (await offered(here))["r0852"]
    await here.play.move_clock(until - 10 * A_MINUTE)
    await here.nobody_has_heard()
    assert (await karsten.get(offer.link("offer"))).status == 200

    # At its end he leaves the line, and the next one is asked: not for 48 hours, but until the conference opens.
    await here.play.move_clock(until)
    late = await karsten.send(page, "Leave it", answer="accept")
    assert late.status == 410
    assert "This place is no longer offered" in late.text
    news = await here.news()
    assert set(news) == {("offer_expired", "r0852"), ("place_offered", "r0853")}
    assert (await karsten.get(offer.link("offer"))).status == 410
    assert (await state_of(here, "r0852"))["state"] == "expired"
    assert await offered(here) == {"r0853": wall("2018-09-13T09:30")}
    assert "Elle vous est gardée jusqu'au jeudi 13 septembre 2018 à 9 h 30" in news["place_offered", "r0853"].text
    await stands_as_expected(here, "expire r0852")


async def test_r0853_takes_it_with_the_seat_that_r0100_has_left(full_house: FullHouse) -> None:
    here, amandine = full_house, full_house.visitor("fr")
    row = here.data.rows["r0853"]
    await here.at("2018-09-12T07:50")
    before = await taken(here)
    offer = [mail for mail in await here.inbox.to(row.mailbox) if mail.links_for("offer")][-1]
    mine = await amandine.send(await amandine.get(offer.link("offer")), "La laisser", answer="accept")
    assert "C'est confirmé. Votre place est réservée." in mine.text
    assert "était complète" not in mine.text

    news = await here.news()
    assert set(news) == {("registration_confirmed", "r0853")}
    [calendar] = news["registration_confirmed", "r0853"].calendars
    held = {str(event["uid"]).partition(".")[0] for event in Calendar.from_ical(calendar).walk("VEVENT")}
    known = here.data.expected["course_of"]["r0853"][-1]["bookings"]
    assert held == {*known, "s01", "s18"}
    await eventually(lambda: taken(here), before | {session: before[session] + 1 for session in known})
    assert (await state_of(here, "r0853"))["without"] == []
    await stands_as_expected(here, "accept_offer r0853")


async def test_the_trace_of_who_cancelled_tells_where_the_place_went(full_house: FullHouse) -> None:
    """What follows from a cancellation is its story: the offer that was not answered, and the one that was."""
    here = full_house
    of = here.found.registration_of
    trace = await here.organiser.get(f"/api/traces/{of['r0100']['id']}")
    assert trace["complete"], trace["chain"]["missing"]
    assert [mail["state"] for mail in trace["chain"]["mails"]] == ["sent"] * 6
    told = str(trace)
    for fact in ("registration.cancelled.v1", "registration.place_offered.v1", "registration.offer_expired.v1"):
        assert fact in told
    assert of["r0852"]["id"] in told
    assert of["r0853"]["id"] in told
    assert here.data.rows["r0852"].told["family"] not in told
