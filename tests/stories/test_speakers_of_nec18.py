"""Those who speak at NEC 2018 have been asked and have answered: what their calendars and the public programme say."""

from __future__ import annotations

import json
from collections import Counter

from icalendar import Calendar

from colloque_embedded.story.nec18 import EDITION, PARIS, wall
from tests.stories.calendars import entries, invitation, session_of
from tests.stories.houses import FullHouse


async def test_at_nec_2018_those_who_said_yes_are_public_and_have_their_hours_in_their_calendars(
    full_house: FullHouse,
) -> None:
    here = full_house
    states = Counter(one["state"] for one in here.data.speaking)
    told = Counter(one["template"] for one in here.found.mails.values() if one["template"].startswith("speaker_"))
    assert told["speaker_invited"] == len(here.data.speaking) == 32
    assert told["speaker_calendar"] == states["confirmed"] == 27
    listed = await here.organiser.get(f"/api/editions/{EDITION}/invitations")
    assert Counter(one["state"] for one in listed) == states

    hours = {one["id"]: wall(one["slot"]["starts_at"]) for one in here.data.sessions}
    confirmed = {(one["session"], one["person"]) for one in here.data.speaking if one["state"] == "confirmed"}
    held = set()
    for mail in here.found.arrived:
        if here.found.mails[mail.id]["template"] != "speaker_calendar":
            continue
        assert Calendar.from_ical(invitation(mail))["method"] == "REQUEST"
        [(uid, entry)] = entries(invitation(mail)).items()
        assert (entry.sequence, entry.starts) == (0, hours[session_of(uid)].astimezone(PARIS))
        held.add((session_of(uid), here.speakers[mail.to]))
    assert held == confirmed

    programme = json.loads((await here.visitor().get(f"/fr/{EDITION}/programme.json")).content)
    for one in programme["sessions"]:
        names = [here.data.people[person]["name"] for session, person in confirmed if session == one["id"]]
        assert sorted(one["people"]) == sorted(names)
    for session, to_come in (("s13", "intervenant à confirmer"), ("s12", "intervenant à confirmer")):
        assert to_come in (await here.visitor().get(f"/fr/{EDITION}/sessions/{session}")).text
