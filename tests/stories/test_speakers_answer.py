"""Speakers are asked by mail, say yes or no by its link, and their calendars follow: at a meeting in the house that has
just opened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest_asyncio
import vobject
from icalendar import Calendar

from colloque_embedded.story.nec18 import PARIS, wall
from tests.stories.calendars import entries, invitation, session_of
from tests.stories.houses import OpenHouse
from tests.stories.meeting import DAY, Meeting

ALINE, BOHDAN, COSIMA, DARIO = "Aline", "Bohdan", "Cosima", "Dario"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def meeting(open_house: OpenHouse) -> AsyncIterator[Meeting]:
    """Aline and Cosima in the morning, Bohdan at noon, Dario in the evening; nobody has been asked yet."""
    speakers = ((ALINE, "matin", "fr"), (COSIMA, "matin", "fr"), (BOHDAN, "midi", "en"), (DARIO, "soir", "fr"))
    yield await Meeting(open_house, "oratoire").begin(capacity=20, speakers=speakers)


async def public(meeting: Meeting, session: str) -> str:
    return (await meeting.here.visitor().get(f"/fr/{meeting.id}/sessions/{session}")).text


async def named(meeting: Meeting) -> list[str]:
    """Whom the programme names to programs."""
    programme = (await meeting.here.visitor().get(f"/fr/{meeting.id}/programme.json")).content
    return [name for one in json.loads(programme)["sessions"] for name in one["people"]]


async def stands(meeting: Meeting) -> dict[str, str]:
    """Who has answered what, as the organiser sees it."""
    states = {one["person"]: one["state"] for one in await meeting.get("invitations")}
    return {name: states[meeting.people[name]] for name in (ALINE, BOHDAN, COSIMA, DARIO)}


async def test_each_is_asked_by_one_mail_and_nobody_is_public_before_a_yes(meeting: Meeting) -> None:
    assert await meeting.post("invitations") == {"invited": 4}
    news = await meeting.news()
    assert set(news) == {("speaker_invited", meeting.mailbox(name)) for name in (ALINE, BOHDAN, COSIMA, DARIO)}
    assert {mail.to: mail.locale for mail in news.values() if mail.locale == "en"} == {meeting.mailbox(BOHDAN): "en"}
    assert all(mail.calendars == [] for mail in news.values())
    assert set((await stands(meeting)).values()) == {"invited"}
    assert "2 intervenants à confirmer" in await public(meeting, "matin")
    assert "intervenant à confirmer" in await public(meeting, "midi")
    assert await named(meeting) == []
    assert await meeting.post("invitations") == {"invited": 0}, "nobody is asked twice"
    await meeting.here.nobody_has_heard()


async def test_the_link_asks_and_the_button_puts_the_session_into_the_calendar(meeting: Meeting) -> None:
    aline = meeting.here.visitor()
    link = (await meeting.last_mail(ALINE, "invitation")).link("invitation")
    page = [await aline.get(link) for _ in range(2)][-1]
    assert "Rien n'est fait tant que vous n'avez pas appuyé sur un bouton." in page.text
    await meeting.here.nobody_has_heard()
    assert (await stands(meeting))[ALINE] == "invited"

    thanks = await aline.send(page, "Oui, je viens", answer="confirmed")
    assert "C'est noté, merci" in thanks.text
    await aline.send(page, "Oui, je viens", answer="confirmed")
    news = await meeting.news()
    assert set(news) == {("speaker_calendar", meeting.mailbox(ALINE))}
    asked = invitation(news["speaker_calendar", meeting.mailbox(ALINE)])
    assert Calendar.from_ical(asked)["method"] == "REQUEST"
    [(uid, entry)] = entries(asked).items()
    assert (session_of(uid), entry.sequence, entry.status) == ("matin", 0, "CONFIRMED")
    assert entry.starts == wall(f"{DAY}T10:00").astimezone(PARIS)
    [event] = vobject.readOne(asked.decode()).vevent_list
    assert event.uid.value == uid
    assert event.attendee.value == f"mailto:{meeting.mailbox(ALINE)}"
    assert event.attendee.params["PARTSTAT"] == ["NEEDS-ACTION"]

    # Now she is public, and only she.
    assert "Aline Oratrice" in await public(meeting, "matin")
    assert "intervenant à confirmer" in await public(meeting, "matin")
    assert await named(meeting) == ["Aline Oratrice"]


async def test_a_no_is_told_to_the_organiser_with_its_words_and_asks_for_nothing_more(meeting: Meeting) -> None:
    bohdan = meeting.here.visitor("en")
    page = await bohdan.get((await meeting.last_mail(BOHDAN, "invitation")).link("invitation"))
    noted = await bohdan.send(page, "No, I cannot", answer="declined", message="My train is on strike.")
    assert noted.status == 200
    [answer] = await meeting.get("invitations", state="declined")
    assert (answer["message"], answer["answered_by"]) == ("My train is on strike.", "speaker")
    await meeting.here.nobody_has_heard()
    assert "Bohdan" not in await public(meeting, "midi")
    assert "à confirmer" not in await public(meeting, "midi")

    # A page that was opened before does not bring him back.
    changed = await bohdan.send(page, "Yes, I will come", answer="confirmed")
    assert (await stands(meeting))[BOHDAN] == "declined"
    assert changed.path == page.path
    await meeting.here.nobody_has_heard()


async def test_who_is_silent_is_reminded_after_five_days_and_only_they_are(meeting: Meeting) -> None:
    dario = meeting.here.visitor()
    page = await dario.get((await meeting.last_mail(DARIO, "invitation")).link("invitation"))
    await dario.send(page, "Oui, je viens", answer="confirmed")
    await meeting.news()
    [waits] = await meeting.get("invitations", state="invited")
    assert waits["person"] == meeting.people[COSIMA]
    asked_at = datetime.fromisoformat(waits["invited_at"])

    await meeting.here.play.move_clock(asked_at + timedelta(days=5))
    news = await meeting.news()
    assert {whom for template, whom in news if template == "speaker_reminded"} == {meeting.mailbox(COSIMA)}
    assert {template for template, _ in news} == {"speaker_reminded"}
    [waits] = await meeting.get("invitations", state="invited")
    assert waits["reminders"] == 1
    too_soon = await meeting.here.organiser.refusal(f"/api/editions/{meeting.id}/assignments/{waits['id']}/remind")
    assert too_soon.rule == "reminded-lately"


async def test_a_withdrawal_takes_out_of_the_calendar_what_stood_in_it(meeting: Meeting) -> None:
    dario = meeting.here.visitor()
    told = await meeting.last_mail(DARIO, "invitation")
    [(uid, before)] = entries(invitation(told)).items()
    page = await dario.get(told.link("invitation"))
    gone = await dario.send(page, "Je ne peux plus venir", answer="withdrawn")
    assert "Vous n'intervenez plus" in gone.text
    news = await meeting.news()
    cancelled = invitation(news["speaker_withdrawn", meeting.mailbox(DARIO)])
    assert Calendar.from_ical(cancelled)["method"] == "CANCEL"
    [(same, after)] = entries(cancelled).items()
    assert same == uid
    assert after.sequence > before.sequence
    assert after.status == "CANCELLED"
    assert "Dario" not in await public(meeting, "soir")
    assert (await stands(meeting))[DARIO] == "withdrawn"


async def test_a_link_answers_for_its_own_invitation_only(meeting: Meeting) -> None:
    """Bent, or made for something else, it opens nothing; and nobody's answer moves."""
    stranger, before = meeting.here.visitor(), await stands(meeting)
    link = (await meeting.last_mail(COSIMA, "invitation")).link("invitation")
    mine = (await meeting.comes("Passante")).path
    token = mine.rpartition("/")[2]
    for broken in (f"{link[:-3]}abc", f"/fr/invitation/{token}", link.replace("/invitation/", "/offer/")):
        page = await stranger.get(broken)
        assert page.status == 404, broken
    assert await stands(meeting) == before
