"""All 853 people of the story, through the steps of the room: the figures are those of an independent replay."""

from __future__ import annotations

import heapq
from collections import Counter

from colloque_registration.domain.registration import Registration
from tests.registration.house import House
from tests.registration.nec18 import clicked, form_of, load, opened, programme, released, rows, submitted


async def test_853_people_register_and_the_house_is_exactly_as_full_as_expected() -> None:
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
