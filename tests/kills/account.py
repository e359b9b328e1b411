"""Afterwards: what people were told against what the house knows, by its API, by its documents, by its journals, and by
what lies in the mailboxes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from colloque.contracts import ROOMS
from colloque.runtime.opening import Opened
from colloque.runtime.postman import CONNECTIONS, UNREPORTED
from colloque.runtime.store.mongo import MongoStore, connect
from colloque.runtime.store.port import Counter as RoomCounter
from colloque.runtime.store.port import LineRecord
from colloque_embedded.story import Organiser
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.people import Person as KnownPerson
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, seats_id
from tests.kills.crowd import Crowd
from tests.kills.stage import EDITION, SESSIONS, Stage

HERE = f"/api/editions/{EDITION}"
AT_A_KILL = CONNECTIONS * (UNREPORTED + 1)
"""Mails that may be on their way when the rooms' process dies: two unreported a connection and one in each hand."""


@dataclass(frozen=True)
class Room:
    hears: Collection[str]
    counter: RoomCounter
    lines: list[LineRecord]
    steps: Mapping[str, tuple[str, ...]]


async def account(
    stage: Stage,
    crowd: Crowd,
    *,
    repeats: int = 0,
    undelivered: Collection[str] = (),
    parked: Collection[str] = (),
) -> None:
    """Waits for rest and compares. `repeats`: mails that the mail server took without saying so; `undelivered`:
    addresses whose every mail it refused for good; `parked`: causes that nobody could have read."""
    status = await stage.rest()
    assert stage.bugs == []
    async with stage.organiser() as organiser:
        listed = await _listed(organiser)
        await _seats(stage, organiser, listed)
        await _traces(organiser, listed)
        kinds = await _mails(organiser, crowd, undelivered)
    await _documents(stage, crowd, listed)
    _journals({name: await room(stage, name, status[name]) for name in ROOMS}, parked)
    _mailboxes(stage, crowd, kinds, repeats, undelivered)


# ---- what the API says
async def _listed(organiser: Organiser) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = await organiser.get(f"{HERE}/registrations", after=after, limit=500)
        listed += page["registrations"]
        after = page["next_after"]
    assert [one["number"] for one in listed] == list(range(1, len(listed) + 1))
    assert len({one["person"] for one in listed}) == len(listed), "somebody is registered twice"
    return listed


async def _seats(stage: Stage, organiser: Organiser, listed: list[dict[str, Any]]) -> None:
    """The figures are the sums of what each registration holds."""
    told = await organiser.get(f"{HERE}/seats")
    states = Counter(one["state"] for one in listed)
    assert {state: told[state] for state in ("pending", "confirmed", "waitlisted", "cancelled", "expired")} == {
        state: states[state] for state in ("pending", "confirmed", "waitlisted", "cancelled", "expired")
    }
    assert states["confirmed"] + states["offered"] <= stage.places
    assert not states["waitlisted"] or states["confirmed"] + states["offered"] == stage.places, "there is a place"
    held = Counter(session for one in listed for session in one["sessions"])
    assert {one["session"]: one["taken"] for one in told["sessions"]} == {id: held[id] for id in SESSIONS}
    missed = Counter(session for one in listed for session in one["without"])
    assert all(held[id] <= stage.seats and (not missed[id] or held[id] == stage.seats) for id in SESSIONS)


async def _traces(organiser: Organiser, listed: list[dict[str, Any]]) -> None:
    for one in listed:
        trace = await organiser.get(f"/api/traces/{one['id']}")
        assert trace["complete"], (one["number"], trace["chain"]["missing"])


async def _mails(organiser: Organiser, crowd: Crowd, undelivered: Collection[str]) -> dict[str, str]:
    """Mail → what it is."""
    states = (await organiser.get(f"{HERE}/mails"))["states"]
    failed = sum(crowd.due(person) for person in crowd.people if person.email in undelivered)
    sent = sum(map(crowd.due, crowd.people)) - failed
    assert states == {"queued": 0, "deferred": 0, "sent": sent, "failed": failed, "suppressed": 0}
    kinds: dict[str, str] = {}
    before: int | None = 0
    while before is not None:
        page = await organiser.get(f"{HERE}/mails", before=before)
        kinds |= {one["id"]: one["template"] for one in page["mails"]}
        before = page["before"]
    return kinds


# ---- what the documents say
async def _documents(stage: Stage, crowd: Crowd, listed: list[dict[str, Any]]) -> None:
    """Everybody who was told that it is done is there as they were told, and nobody else."""
    async with connect(stage.servers.mongodb) as client:
        store = MongoStore(client, "registration", "colloque_")
        await store.open((Registration, KnownPerson, SessionSeats, EditionDesk))
        everybody = await store.fetch([(KnownPerson, one["person"]) for one in listed])
        seats = await store.fetch([(SessionSeats, seats_id(EDITION, session)) for session in SESSIONS])
        desk = await store.get(EditionDesk, EDITION)
        kept = await store.window(Registration, edition=EDITION, low=1, high=len(listed) + 1)
        await store.close()
    people = {one.id: one for one in everybody.documents.values() if isinstance(one, KnownPerson)}
    registered = {people[one["person"]].email: one for one in listed}
    assert registered.keys() == {person.email for person in crowd.people}
    for person in crowd.people:
        one = registered[person.email]
        assert person.submitted
        assert one["state"] in person.stands, (person, one["state"])
        if one["state"] == "confirmed":
            assert {*one["sessions"], *one["without"]} == set(person.sessions)
    assert [(one.id, one.state, list(one.sessions)) for one in kept] == [
        (one["id"], one["state"], one["sessions"]) for one in listed
    ]
    held = Counter(session for one in kept for session in one.sessions)
    taken = {one.session: one.taken for one in seats.documents.values() if isinstance(one, SessionSeats)}
    assert taken == {session: held[session] for session in SESSIONS}
    assert desk is not None
    assert (desk.numbered, desk.confirmed) == (len(kept), sum(one.state == "confirmed" for one in kept))


# ---- what the journals say
async def room(stage: Stage, name: str, status: Mapping[str, Any]) -> Room:
    async with connect(stage.servers.mongodb) as client:
        store = MongoStore(client, name, "colloque_")
        await store.open((Opened,))
        counter, opened = await store.counter(), await store.get(Opened, name)
        lines = [line for first in range(1, counter.n + 1, 500) for line in await store.journal(first, first + 499)]
        await store.close()
    assert opened is not None
    return Room(status["hears"], counter, lines, opened.steps)


def _journals(rooms: Mapping[str, Room], parked: Collection[str]) -> None:
    """Dense numbers; each fact with one line for each step of each room that hears it; no line without its fact."""
    handled: dict[str, set[str]] = defaultdict(set)
    for name, room in rooms.items():
        assert [line["n"] for line in room.lines] == list(range(1, room.counter.n + 1))
        stuck = [line for line in room.lines if line["outcome"] not in ("done", "refused")]
        assert room.counter.parked == len(stuck)
        assert all(line["cause"] in parked for line in stuck), stuck
        handled[name] = {line["_id"] for line in room.lines}
    for source, room in rooms.items():
        streams: dict[str, list[int]] = defaultdict(list)
        for line in room.lines:
            for parcel in line["parcels"]:
                streams[f"{parcel['topic']}/{parcel['partition']}"].append(parcel["seq"])
                for hearer, other in rooms.items():
                    if parcel["topic"] not in other.hears or hearer == source or parcel["topic"] == "contacts":
                        continue
                    for step in other.steps.get(parcel["type"], ()):
                        assert f"{parcel['id']}/{step}" in handled[hearer], (hearer, step, parcel["type"])
            streams[f"traces/{line['trace']['partition']}"].append(line["trace"]["seq"])
        assert streams.keys() == room.counter.ends.keys()
        for stream, numbers in streams.items():
            assert numbers == list(range(1, room.counter.ends[stream] + 1)), (source, stream)


# ---- what people got
def _mailboxes(
    stage: Stage, crowd: Crowd, kinds: Mapping[str, str], repeats: int, undelivered: Collection[str]
) -> None:
    crowd.boxes.look()
    again = 0
    for person in crowd.people:
        copies = Counter(mail.id for mail in crowd.boxes.of(person.email))
        assert len(copies) == (0 if person.email in undelivered else crowd.due(person)), (person, copies)
        assert all(count <= 1 + stage.kills + repeats for count in copies.values()), (person, copies)
        got = Counter(kinds[id] for id in copies)
        became = "registration_waitlisted" if got["registration_waitlisted"] else "registration_confirmed"
        assert got - Counter(("confirm_address", became)) == Counter(person.also), (person, got)
        again += copies.total() - len(copies)
    assert again <= stage.kills * AT_A_KILL + repeats, f"{again} mails came twice"
