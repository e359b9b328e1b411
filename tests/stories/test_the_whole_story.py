"""NEC 2018: 853 people register for 850 places. The figures are those of an independent replay, exactly. What follows
is told in A2 and A3: here the house is looked at, and nothing in it moved."""

from __future__ import annotations

import re
from typing import Any

from colloque_embedded.story.figures import awaited, counted, differences
from colloque_embedded.story.nec18 import EDITION
from tests.stories.houses import FullHouse


async def test_853_people_find_the_house_exactly_as_full_as_expected(full_house: FullHouse) -> None:
    assert differences(counted(full_house.found, full_house.data), awaited(full_house.data)) == []
    assert full_house.house.complaints == []


async def test_everybody_got_their_mails_once_in_their_own_language(full_house: FullHouse) -> None:
    here = full_house
    of = {one["id"]: here.data.rows[here.found.row_of[one["id"]]] for one in here.found.registrations}
    seen: dict[str, list[str]] = {}
    for mail in here.found.arrived:
        told = here.found.mails[mail.id]
        if told["template"].startswith("speaker_"):
            continue
        row = of[told["about"]]
        assert (mail.to, mail.locale) == (row.mailbox, row.locale)
        seen.setdefault(row.id, []).append(told["template"])
    assert all(len(kinds) == len(set(kinds)) == 2 for kinds in seen.values())
    assert len(seen) == 853


async def test_a_full_session_is_left_out_and_page_and_mail_say_so(full_house: FullHouse) -> None:
    here = full_house
    r0673 = here.data.rows["r0673"]
    assert "Cette session était complète quand vous avez confirmé :" in here.played.pages["r0673"].text
    assert "Communs 4/5 : la place des acteurs publics" in here.played.pages["r0673"].text
    told = (await here.inbox.to(r0673.mailbox))[-1]
    assert "Il manque quelque chose." in told.text
    assert "Communs 4/5 : la place des acteurs publics" in told.text


async def test_the_851st_and_later_are_told_their_rank_on_page_and_in_mail(full_house: FullHouse) -> None:
    here = full_house
    for rank, id in enumerate(("r0851", "r0852", "r0853"), 1):
        row = here.data.rows[id]
        french = row.locale == "fr"
        page, told = here.played.pages[id].text, (await here.inbox.to(row.mailbox))[-1]
        assert ("Vous êtes sur la liste d'attente" if french else "You are on the waiting list") in page
        assert re.search(rf"\b{rank} ?(re|er|e|st|nd|rd|th) (sur|of) {rank}\b", page)
        assert re.search(rf"(Votre rang|Your rank|Your place in the line)\D{{0,12}}{rank}(er|e|st|nd|rd)?\b", told.text)


async def test_the_form_says_that_every_place_is_taken_and_still_takes_names(full_house: FullHouse) -> None:
    page = await full_house.visitor().get(f"/fr/{EDITION}/register")
    assert "Toutes les places sont prises." in page.text
    assert "s13" in page.form("given").barred[page.form("given").place_of("s13")]


async def test_the_public_pages_say_that_it_is_full_and_which_sessions_are(full_house: FullHouse) -> None:
    """What they say of every other session is true, and costs a handful of facts."""
    visitor = full_house.visitor()
    edition = (await visitor.get(f"/fr/{EDITION}")).text
    assert "C'est complet" in edition
    assert "0 place sur 850" in edition
    assert "Les inscriptions sont ouvertes" not in edition
    for one in full_house.found.seats["sessions"]:
        if one["bookable"]:
            page = (await visitor.get(f"/fr/{EDITION}/sessions/{one['session']}")).text
            left = one["seats"] - one["taken"]
            assert ("Cette session est complète." in page) == (left == 0)
            if told := re.search(r"encore au moins (\d+) places sur", page):
                assert 1 < int(told[1]) <= left
            else:
                assert left == 0 or "Il reste quelques places" in page or f"{one['seats']} places" in page
    facts = (await full_house.organiser.get(f"/api/editions/{EDITION}/produced"))["facts"]
    assert facts["places.changed.v1"] == 7
    assert facts["seats.changed.v1"] < 100


async def test_the_trace_of_one_registration_shows_every_rooms_step_and_nothing_missing(full_house: FullHouse) -> None:
    here = full_house
    first = here.found.registration_of["r0001"]
    trace = await here.organiser.get(f"/api/traces/{first['id']}")
    assert trace["complete"]
    assert trace["chain"]["missing"] == []
    assert trace["chain"]["done"] == trace["chain"]["expected"]
    assert [mail["state"] for mail in trace["chain"]["mails"]] == ["sent", "sent"]
    assert rooms_in(trace["chain"]) >= {"registration", "notifications"}
    assert [step["message"] for step in trace["chain"]["sections"]][:2] == ["SubmitRegistration", "ConfirmRegistration"]

    lea = here.visitor()
    asked = await lea.get("/console/sign-in")
    await lea.send(asked, "email", email=here.organiser.email)
    link = (await here.inbox.arrival(here.organiser.email, like=lambda mail: bool(mail.links_for("enter")))).link(
        "enter"
    )
    inside = await lea.send(await lea.get(link))
    assert inside.path == "/console"
    page = await lea.get(f"/console/{EDITION}/traces/{first['id']}")
    assert page.status == 200
    for fact in ("registration.submitted.v1", "registration.confirmed.v1"):
        assert fact in page.html
    assert "Benali" not in page.text


async def test_what_the_edition_has_produced_is_public_and_names_nobody(full_house: FullHouse) -> None:
    here = full_house
    known = await here.organiser.get(f"/api/editions/{EDITION}/produced")
    assert known["facts"]["registration.submitted.v1"] == 853
    assert known["facts"]["registration.confirmed.v1"] == 850
    page = await here.visitor().get(f"/fr/{EDITION}/produced")
    assert page.status == 200
    assert "850" in page.text
    assert "example.org" not in page.html


def rooms_in(chain: Any) -> set[str]:
    found: set[str] = set()
    steps = list(chain["sections"])
    while steps:
        step = steps.pop()
        found.add(step["room"])
        steps += [further for fact in step["facts"] for further in fact["steps"]]
    return found
