"""All 853 people of the story, through the steps of the room: the figures are those of an independent replay."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from colloque_registration.domain.registration import Registration
from tests.registration.house import House
from tests.registration.nec18 import PARIS, clicked, form_of, load, opened, programme, released, rows, submitted, wall


async def test_853_people_register_and_the_house_is_exactly_as_full_as_expected_and_places_given_up_find_takers() -> (
    None
):
    expected = load("expected.yaml")["nec18_story"]
    people = {row["id"]: row for row in rows()}
    forms = {id: form_of(row) for id, row in people.items()}
    happens = [(submitted(row), 0, id) for id, row in people.items()] + [
        (clicked(row), 1, id) for id, row in people.items()
    ]
    heapq.heapify(happens)
    house, registered, course = House(min(happens)[0]), dict[str, str](), list[tuple[str, int, int]]()
    async with house.desk.running():
        await house.hear(released(*programme()), opened())
        while happens:
            at, clicks, id = heapq.heappop(happens)
            await house.until(at)
            if not clicks:
                registered[id] = (await house.submit(forms[id])).id
            else:
                await house.confirm(house.get(Registration, registered[id]))
                desk = house.desk_of()
                course.append((id, desk.confirmed, desk.places_left))

        by_id = {id: house.get(Registration, registered[id]) for id in people}
        states = Counter(one.state for one in by_id.values())
        assert len(by_id) == expected["registrations"]
        assert sum(one.answers.channel == "on_behalf" for one in by_id.values()) == expected["on_behalf"]
        assert states == {"confirmed": 850, "waitlisted": 3}

        seats = {id: figures["full_house"] for id, figures in expected["seats"].items()}
        assert {id: house.taken(id) for id in seats} == seats
        assert sum(len(one.sessions) for one in by_id.values()) == expected["bookings"]["full_house"]
        assert Counter(s for one in by_id.values() for s in one.sessions) == seats

        assert next(id for id, confirmed, _ in course if confirmed == 850) == expected["last_place"]["registration"]
        assert [house.line().index(registered[id]) + 1 for id in ("r0851", "r0852", "r0853")] == [1, 2, 3]
        told = house.facts("registration.waitlisted.v1")
        assert [(one["subject"], one["rank"]) for one in told] == [
            (registered[id], rank) for id, rank in (("r0851", 1), ("r0852", 2), ("r0853", 3))
        ]

        late = sorted((id for id, one in by_id.items() if "s13" in one.without), key=lambda id: clicked(people[id]))
        s13 = expected["s13"]
        assert (len(late), late[0], late[-1]) == (s13["confirmed_without"], s13["first_without"], s13["last_without"])
        assert {s for one in by_id.values() for s in one.without} == {"s13"}
        last_seat = max((id for id, one in by_id.items() if "s13" in one.sessions), key=lambda id: clicked(people[id]))
        assert last_seat == s13["last_seat"]

        assert house.desk_of().places_left == 0
        assert sorted(one.number for one in by_id.values()) == list(range(1, 854))

        await _places_are_given_up_and_find_their_takers(house, registered, expected)


async def _places_are_given_up_and_find_their_takers(
    house: House, registered: Mapping[str, str], expected: Mapping[str, Any]
) -> None:
    """What people do is done; what follows from it, and when, the house knows by itself."""
    checkpoints = {one["after"]: one for one in expected["checkpoints"]}
    happens = [one for one in load("story_nec18.yaml")["after"] if one["do"] in ("cancel", "accept_offer")]
    due = [
        *((one["at"], f"{one['do']} {one['registration']}") for one in happens),
        ("2018-09-11T21:15", "expire r0852"),
    ]

    def stands() -> dict[str, int]:
        states = Counter(one.state for one in house.store.docs(Registration).values())
        left = house.desk_of().places_left
        return {**{state: states[state] for state in ("confirmed", "offered", "waitlisted")}, "places_left": left}

    for at, after in sorted(due):
        does, id = after.split()
        await house.until(wall(at))
        registration = house.get(Registration, registered[id])
        if does == "cancel":
            await house.cancel(registration)
        elif does == "accept_offer":
            await house.accept(registration)
        assert stands() == {name: checkpoints[after][name] for name in stands()}, after
        assert checkpoints[after]["at"] == at

    names = {subject: id for id, subject in registered.items()}
    assert _courses(house, names, expected["course_of"]) == {
        id: [{**step, "at": wall(step["at"])} for step in course] for id, course in expected["course_of"].items()
    }
    assert {id: house.taken(id) for id in expected["seats"]} == {
        id: figures["before_release_2"] for id, figures in expected["seats"].items()
    }
    assert Counter(one.state for one in house.store.docs(Registration).values()) == {
        state: count for state, count in expected["end"].items() if count
    }
    mails = {
        "registration.place_offered.v1": "place_offered",
        "registration.offer_expired.v1": "offer_expired",
        "registration.confirmed.v1": "registration_confirmed",
        "registration.cancelled.v1": "registration_cancelled",
        "registration.waitlisted.v1": "registration_waitlisted",
    }
    assert {mail: len(house.facts(fact)) for fact, mail in mails.items()} == {
        mail: expected["mails"]["by_template"][mail]["total"] for mail in mails.values()
    }


def _courses(house: House, names: Mapping[str, str], wanted: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What the facts say of each, in the words of the replay."""
    courses: dict[str, list[dict[str, Any]]] = {id: [] for id in wanted}
    for fact in house.facts():
        if (id := names.get(fact["subject"])) not in courses or id is None:
            continue
        at = {"at": datetime.fromisoformat(fact["at"])} if "at" in fact else {}
        match fact["type"]:
            case "registration.confirmed.v1":
                courses[id].append({**at, "state": "confirmed", "bookings": sorted(fact["sessions"])})
            case "registration.waitlisted.v1":
                courses[id].append({**at, "state": "waitlisted", "rank": fact["rank"]})
            case "registration.place_offered.v1":
                until = datetime.fromisoformat(fact["expires_at"]).astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")
                courses[id].append({**at, "state": "offered", "until": until})
            case "registration.offer_expired.v1":
                courses[id].append({**at, "state": "expired"})
            case "registration.cancelled.v1":
                courses[id].append({**at, "state": "cancelled", "freed": sorted(fact["freed"])})
    return courses
