"""The second release of the story, and everybody as they stand just before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from colloque.contracts.fact import RoomFrame, SessionChange, SessionFrame
from colloque.contracts.scheduling import ProgrammeReleased
from colloque_registration.domain.people import Person, own_key
from colloque_registration.domain.registration import Answers, Registration
from colloque_registration.domain.sessions import SessionSeats, seats_id
from colloque_registration.domain.states import State
from tests.registration.house import House
from tests.registration.nec18 import OPENING, clicked, load, opened, programme, released, rows, submitted, wall

RELEASED = wall("2018-09-12T14:00")


def next_release(n: int, *changes: tuple[SessionFrame, SessionFrame | None]) -> ProgrammeReleased:
    """Each session as it was and as it is now."""
    return ProgrammeReleased(
        subject="nec-2018",
        at=RELEASED,
        edition="nec-2018",
        n=n,
        tracks=(),
        changes=tuple(SessionChange(session=was.id, previous=was, current=now) for was, now in changes),
    )


@cache
def release_2() -> ProgrammeReleased:
    """`change_after_release`, applied to the eighteen sessions."""
    told, frames = load("nec18_programme.yaml"), {one.id: one for one in programme()}
    rooms, now = {room["id"]: room for room in told["rooms"]}, dict(frames)
    for change in told["change_after_release"]:
        one = now[change["session"]]
        if change.get("cancel"):
            reason = {"fr": change["reason"], "en": change["reason_en"]}
            now[one.id] = one.model_copy(update={"state": "cancelled", "reason": reason})
        elif "to_room" in change:
            room = rooms[change["to_room"]]
            there = RoomFrame(id=room["id"], name=room["name"], capacity=room["capacity"], step_free=room["step_free"])
            now[one.id] = one.model_copy(update={"room": there})
        else:
            other = now[change["swap_with"]]
            now[one.id] = one.model_copy(update={"slot": other.slot})
            now[other.id] = other.model_copy(update={"slot": one.slot})
    changed = [id for id in frames if now[id] != frames[id]]
    return next_release(2, *((frames[id], now[id].model_copy(update={"revision": 1})) for id in changed))


def bookings() -> dict[str, tuple[State, tuple[str, ...]]]:
    """Row → state and sessions just before release 2, by the rules of the story: places and seats in the order of the
    clicks, then what the story says of five people."""
    capacity = {one.id: one.seats for one in programme()}
    taken: dict[str, int] = dict.fromkeys(capacity, 0)
    standing: dict[str, tuple[State, tuple[str, ...]]] = {}

    def seat(row: Mapping[str, str]) -> None:
        held = tuple(s for s in row["bookings"].split() if taken[s] < capacity[s])
        for session in held:
            taken[session] += 1
        standing[row["id"]] = "confirmed", held

    def leave(id: str, state: State) -> None:
        for session in standing[id][1] if id in standing else ():
            taken[session] -= 1
        standing[id] = state, ()

    people = {row["id"]: row for row in rows()}
    in_order = sorted(people.values(), key=lambda row: (clicked(row), row["id"]))
    for row in in_order[:850]:
        seat(row)
    leave("r0002", "cancelled")
    seat(people["r0851"])
    leave("r0100", "cancelled")
    leave("r0852", "expired")
    seat(people["r0853"])
    return standing


def registration(id: str, number: int, state: State, sessions: tuple[str, ...], **changes: Any) -> Registration:
    known: dict[str, Any] = {
        "person": f"p-{id}",
        "answers": Answers(sessions=sessions),
        "submitted_at": OPENING,
        "expires_at": OPENING,
        "heard": 1,
    }
    return Registration(
        id=id, edition="nec-2018", number=number, state=state, sessions=sessions, **{**known, **changes}
    )


async def seeded(frames: Iterable[SessionFrame], registrations: Sequence[Registration]) -> House:
    """A room that has heard release 1, with these registrations and their seats; its desk is not running yet."""
    early = House(OPENING)
    async with early.desk.running():
        await early.hear(released(*frames), opened())
    taken = Counter(session for one in registrations for session in one.sessions if one.state == "confirmed")
    seats = [early.get(SessionSeats, seats_id("nec-2018", session)) for session in taken]
    states = {str(state): count for state, count in Counter(one.state for one in registrations).items()}
    desk = early.desk_of().becomes(numbered=len(registrations), **states)
    await early.store.seed([*registrations, *(one.becomes(taken=taken[one.session]) for one in seats), desk])
    house = early.another_process()
    house.clock.at = RELEASED
    return house


async def before_release_2() -> House:
    """The 853 on the eve of release 2."""
    standing, people = bookings(), {row["id"]: row for row in rows()}
    in_order = sorted(people, key=lambda id: (submitted(people[id]), id))
    known = [
        registration(id, number, *standing[id], submitted_at=submitted(people[id]))
        for number, id in enumerate(in_order, start=1)
    ]
    house = await seeded(programme(), known)
    await house.store.seed(
        [
            Person(
                id=f"p-{id}",
                key=own_key(f"{id}@example.org"),
                given=row["given"],
                family=row["family"],
                email=f"{id}@example.org",
                locale=row["locale"],
                registrations={"nec-2018": id},
            )
            for id, row in people.items()
        ]
    )
    return house
