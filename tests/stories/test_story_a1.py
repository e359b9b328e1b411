"""A1. NEC in Nantes, from the form to the trace: Nadia."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import vobject
import zxingcpp
from icalendar import Calendar
from PIL import Image

from colloque_embedded.story import rest
from colloque_embedded.story.nec18 import EDITION
from tests.stories.houses import OpenHouse, eventually, taken
from tests.stories.records import every_record, publish

NADIA = "nadia.benali@example.org"


def events(calendar: bytes) -> dict[str, Any]:
    return {str(event["uid"]): event for event in Calendar.from_ical(calendar).walk("VEVENT")}


async def test_nadia_registers_is_confirmed_and_the_trace_shows_why(open_house: OpenHouse) -> None:
    here, nadia = open_house, open_house.visitor("fr")
    before = await taken(here)

    # She fills in the French form: two workshops, a vegetarian meal, no pictures, the letter.
    form = await nadia.get(f"/fr/{EDITION}/register")
    assert "consents" not in form.form("given").filled
    sent = await nadia.send(
        form,
        "given",
        {form.form("given").place_of(session): session for session in ("s02", "s07")},
        given="Nadia",
        family="Benali",
        email=NADIA,
        category="mediator",
        first_time="never_before",
        meal="vegetarian",
        consents=["newsletter"],
    )
    assert sent.path == f"/fr/{EDITION}/sent"
    assert "Votre place n'est pas encore réservée" in sent.text

    # One mail asks her to confirm, by a link that is good for 48 hours.
    await rest(here.organiser.client)
    [asked] = await here.mails_to(NADIA)
    assert asked.subject == "Confirmez votre inscription à NEC18"
    assert asked.locale == "fr"
    assert "Le lien est valable jusqu'au vendredi 22 juin à 8 h" in asked.text
    assert await taken(here) == before

    # Looking does not confirm; the button does.
    page = await nadia.get(asked.link("confirm"))
    assert "Rien n'est fait tant que vous n'avez pas appuyé sur le bouton." in page.text
    assert "Végétarien" in page.text
    mine = await nadia.send(page, "Confirmer mon inscription")
    assert "C'est confirmé. Votre place est réservée." in mine.text

    # One confirmation, with the ticket and the hours.
    await rest(here.organiser.client)
    [_, told] = await here.mails_to(NADIA)
    assert told.subject == "Votre inscription à NEC18 est confirmée"
    [ticket], [calendar] = told.pictures, told.calendars
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(ticket)))
    assert code.text
    assert "Benali" not in code.text
    assert b"DTSTART;TZID=Europe/Paris:20180913T093000" in calendar
    assert b"DTSTART;TZID=Europe/Paris:20180913T110000" in calendar
    hours = events(calendar)
    assert [uid.partition(".")[0] for uid in hours] == ["s01", "s02", "s07", "s18"]
    assert {one.uid.value for one in vobject.readOne(calendar.decode()).vevent_list} == set(hours)

    # Her seats are taken, hers alone.
    await eventually(lambda: taken(here), {**before, "s02": before["s02"] + 1, "s07": before["s07"] + 1})

    # The trace: the form, the click, each room's step, two mails, one calendar file, nothing missing.
    [registration] = (await here.organiser.get(f"/api/editions/{EDITION}/registrations"))["registrations"]
    trace = await here.organiser.get(f"/api/traces/{registration['id']}")
    assert trace["complete"]
    assert trace["chain"]["missing"] == []
    confirmed = announced(trace, "registration.confirmed.v1")
    assert [mail["state"] for step in confirmed["steps"] for mail in step["mails"]] == ["sent"]
    files = [file for step in confirmed["steps"] for one in (step, *step["mails"]) for file in one["files"]]
    # A file is named when it is promised and again, with its hash, when it has left: one of each kind all the same.
    assert len({file["ref"] for file in files if file["media_type"] == "text/calendar"}) == 1
    assert len({file["ref"] for file in files}) == 2
    assert [bool(file["sha256"]) for file in files].count(True) >= 2
    assert {step["room"] for step in confirmed["steps"]} >= {"notifications"}
    assert NADIA not in str(trace)
    assert "Benali" not in str(trace)


async def test_the_same_message_delivered_again_changes_nothing(open_house: OpenHouse) -> None:
    here, kafka = open_house, f"127.0.0.1:{open_house.house.ports.broker}"
    before = (await taken(here), len(await here.inbox.all()), await rest(here.organiser.client))
    records = await every_record(kafka, "colloque.registration")
    again = [one for one in records if one.header("ce_type") == "registration.confirmed.v1"]
    assert again

    await publish(kafka, *again, *again)
    held = len(await every_record(kafka, "colloque.registration"))
    assert held == len(records) + 2 * len(again)
    after = await rest(here.organiser.client)

    assert (await taken(here), len(await here.inbox.all())) == before[:2]
    assert {name: room["n"] for name, room in after.items()} == {name: room["n"] for name, room in before[2].items()}
    assert {name: room["parked"] for name, room in after.items()} == dict.fromkeys(after, 0)


async def test_what_she_changes_frees_a_seat_takes_one_and_moves_her_calendar_which_keeps_its_uids(
    open_house: OpenHouse,
) -> None:
    here, nadia = open_house, open_house.visitor("fr")
    told = [mail for mail in await here.mails_to(NADIA) if mail.calendars][-1]
    before = await taken(here)
    mine = await nadia.get(told.link("registration"))
    slot = mine.form("slot_1").place_of("s07")

    changed = await nadia.send(mine, "slot_1", {slot: "s05"})
    assert changed.status == 200
    await rest(here.organiser.client)
    newer = (await here.mails_to(NADIA))[-1]
    assert newer.n > told.n
    old, new = events(told.calendars[0]), events(newer.calendars[0])
    kept = [uid for uid in new if uid in old]
    assert any(uid.startswith("s02.") for uid in kept)
    assert any(uid.startswith("s05.") for uid in new)
    await eventually(lambda: taken(here), {**before, "s07": before["s07"] - 1, "s05": before["s05"] + 1})


async def test_registering_twice_looks_the_same_and_only_the_mail_knows(open_house: OpenHouse) -> None:
    here, again, new = open_house, open_house.visitor(), open_house.visitor()
    pages = []
    for visitor, email in ((again, NADIA), (new, "nobody.yet@example.org")):
        form = await visitor.get(f"/fr/{EDITION}/register")
        pages.append(await visitor.send(form, "given", given="Nadia", family="Benali", email=email))
    first, second = pages
    assert (first.status, first.path) == (second.status, second.path)
    await rest(here.organiser.client)
    told = (await here.mails_to(NADIA))[-1]
    assert not told.links_for("confirm")
    assert told.links_for("registration")
    [asked] = await here.inbox.to("nobody.yet@example.org")
    assert asked.links_for("confirm")


async def test_a_link_is_good_for_48_hours_and_then_says_so(open_house: OpenHouse) -> None:
    here, late = open_house, open_house.visitor("en")
    form = await late.get(f"/en/{EDITION}/register")
    await late.send(form, "given", given="Wendell", family="Toolate", email="toolate@example.org")
    mail = await here.inbox.arrival("toolate@example.org")
    begun = (await here.organiser.get(f"/api/editions/{EDITION}/registrations"))["registrations"][-1]
    assert begun["state"] == "pending"
    await here.play.move_clock(datetime.fromisoformat(begun["submitted_at"]) + timedelta(hours=48, seconds=1))
    await rest(here.organiser.client)
    page = await late.get(mail.link("confirm"))
    assert page.status == 410
    states = {
        one["id"]: one["state"]
        for one in (await here.organiser.get(f"/api/editions/{EDITION}/registrations"))["registrations"]
    }
    assert states[begun["id"]] == "expired"


def announced(trace: Any, kind: str) -> Any:
    """The fact of that type, wherever in the chain it was announced."""

    def facts(step: Any) -> Iterator[Any]:
        for fact in step["facts"]:
            yield fact
            for further in fact["steps"]:
                yield from facts(further)

    [found] = [fact for section in trace["chain"]["sections"] for fact in facts(section) if fact["type"] == kind]
    return found
