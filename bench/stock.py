"""What lies in a house that has been used: made up, and put there through the rooms' stores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.plan import Plan
from colloque.contracts.fact import RoomFrame, SessionFrame, Slot
from colloque.runtime.clock import SystemClock
from colloque.runtime.desk import Desk
from colloque.runtime.settings import RunSettings
from colloque.runtime.store.mongo import Client, MongoStore, connect
from colloque.runtime.store.port import Store, Transaction
from colloque.runtime.work import Document
from colloque.web.settings import WebSettings
from colloque_embedded.keys import keys
from colloque_embedded.servers import Folder, Ports, Servers
from colloque_embedded.topology import ROOMS
from colloque_notifications.domain.known import KnownContact
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.names import words
from colloque_registration.domain.people import Person, own_key
from colloque_registration.domain.registration import Answers, Registration
from colloque_registration.domain.sessions import SessionSeats, seats_id
from colloque_traces.domain.ledger import FULL, Sheaf
from colloque_traces.domain.produced import Produced

THEN = datetime(2026, 11, 2, 8, tzinfo=UTC)
AT_ONCE = 2_000
CANCELLED = 10
"""One in so many; so there are places left in an edition of the largest size."""
LINES = 8
"""Of one registration, over all rooms."""
Bookings = Mapping[int, Sequence[str]]
"""Number of a registration → the sessions that it holds a seat in."""


def is_cancelled(n: int) -> bool:
    return n % CANCELLED == 0


async def stock(plan: Plan, path: Path, edition: str, count: int, booked: Bookings | None = None) -> None:
    """So many registrations of an edition that is still to be announced, with all that comes of them but timers."""
    bookings = booked or {}
    servers = Servers(Folder(path), Ports.free(), database_program=plan.database)
    async with servers, connect(servers.mongodb) as client:
        web = WebSettings(**keys(path / "keys.json"))  # type: ignore[arg-type]
        for name, documents in (
            ("registration", _registration(edition, count, bookings)),
            ("notifications", _notifications(edition, count)),
            ("traces", _traces(edition, count)),
        ):
            async with _room(client, name, web) as desk:
                await _seed(desk, documents)
                if name == "registration":
                    await _write_lines(desk.store, edition, count)


@asynccontextmanager
async def _room(client: Client, name: str, web: WebSettings) -> AsyncIterator[Desk]:
    store = MongoStore(client, name, RunSettings.model_fields["database_prefix"].default)
    desk = Desk(name, store, SystemClock(), key=b"bench")
    ROOMS[name](desk, web)
    await desk.open()
    yield desk
    await store.close()


async def _seed(desk: Desk, documents: Iterator[Document]) -> None:
    some = list[Document]()
    for document in documents:
        some.append(document)
        if len(some) >= AT_ONCE:
            await desk.store.seed(some)
            some.clear()
    await desk.store.seed(some)


def _registration(edition: str, count: int, booked: Bookings) -> Iterator[Document]:
    for n in range(1, count + 1):
        given, family, email = f"Zoé {n}", f"Kérien {n % 997}", f"stock{n}@example.org"
        yield Person(
            id=_person(n),
            key=own_key(email),
            given=given,
            family=family,
            email=email,
            locale="fr",
            registrations={edition: _id(n)},
        )
        at = THEN + timedelta(seconds=n)
        cancelled, sessions = is_cancelled(n), tuple(booked.get(n, ()))
        yield Registration(
            id=_id(n),
            version=1,
            edition=edition,
            person=_person(n),
            number=n,
            state="cancelled" if cancelled else "confirmed",
            answers=Answers(category="mediator", first_time="never_before", sessions=sessions),
            sessions=sessions,
            submitted_at=at,
            expires_at=at + timedelta(hours=48),
            decided_at=at,
            ended_at=at if cancelled else None,
            words=tuple(f"{edition} {word}" for word in (*words(given, family), email)),
        )
    gone = count // CANCELLED
    yield EditionDesk(
        id=edition, door="announced", capacity=count, numbered=count, confirmed=count - gone, cancelled=gone
    )
    yield from _seats(edition, booked)


def _seats(edition: str, booked: Bookings) -> Iterator[Document]:
    """As many as are taken. What the sessions are, the release will say that brings them."""
    taken = Counter(session for sessions in booked.values() for session in sessions)
    room, slot = RoomFrame(id="r", name="R", capacity=1), Slot(starts_at=THEN, ends_at=THEN, tz="UTC")
    for id, seats in taken.items():
        frame = SessionFrame(id=id, title={"fr": id}, format="workshop", room=room, slot=slot, seats=0, booking="open")
        yield SessionSeats(id=seats_id(edition, id), edition=edition, frame=frame, taken=seats)


def _notifications(edition: str, count: int) -> Iterator[Document]:
    for n in range(1, count + 1):
        yield KnownContact(
            id=_person(n), epoch=1, revision=1, given=f"Zoé {n}", family="Kérien", email=f"stock{n}@example.org"
        )
        for place, template in enumerate(("confirm_address", "registration_confirmed")):
            at = THEN + timedelta(seconds=n)
            yield Mail(
                id=f"mail{place}{n:015}",
                version=1,
                template=template,
                wording=1,
                context={"links": 0, "number": n, "sessions": [], "without": []} if place else {"links": 0},
                person=_person(n),
                edition=edition,
                about=_id(n),
                story=_id(n),
                cause=f"cause{place}{n:015}",
                queued_at=at,
                due_at=at,
                lane=f"agenda/{_id(n)}" if place else "",
                seq=2 * n - 1 + place,
                state="sent",
                open=False,
                attempts=1,
                settled_at=at,
                sha256="0" * 64,
                size=9_000,
            )
    sent = {"confirm_address/sent": count, "registration_confirmed/sent": count}
    yield MailBook(id=edition, n=2 * count, counts=sent)


def _traces(edition: str, count: int) -> Iterator[Document]:
    """Two registrations to a sheaf; its lines are left empty: they are found by their stories, and only then read."""
    together = FULL // LINES
    for n, first in enumerate(range(1, count + 1, together), start=1):
        stories = tuple(_id(one) for one in range(first, min(first + together, count + 1)))
        yield Sheaf(
            id=f"registration/1/{stories[0]}/submit",
            scope=edition,
            n=n,
            owners=stories * LINES,
            bodies=("",) * len(stories) * LINES,
            stories=stories,
            begun=stories,
            abouts=stories,
        )
    yield Produced(id=edition, stories=count, sheaves=-(-count // together))


async def _write_lines(store: Store, edition: str, count: int) -> None:
    """The room's lines about them, sent long ago: the relay's mark stands behind them."""
    pairs = [(n, step) for n in range(1, count + 1) for step in ("submit", "confirm")]
    for first in range(0, len(pairs), AT_ONCE):
        some, known = pairs[first : first + AT_ONCE], await store.counter()
        lines = [_line(known.n + place, edition, n, step) for place, (n, step) in enumerate(some, start=1)]
        await store.commit(Transaction(known, replace(known, turn=known.turn + 1, n=known.n + len(lines)), lines=lines))
    now = time.time()
    await store.lease("relay", "stock", now, now, {"sent": (await store.counter()).n})


def _line(place: int, edition: str, n: int, step: str) -> dict[str, Any]:
    fact = '{"type":"registration.confirmed.v1","subject":"%s","edition":"%s","person":"%s","number":%d}'
    return {
        "_id": f"{step}{_id(n)}/{step}",
        "n": place,
        "story": _id(n),
        "cause": f"{step}{_id(n)}",
        "message": "ConfirmRegistration",
        "digest": "0" * 24,
        "step": step,
        "scope": edition,
        "at": THEN + timedelta(seconds=n),
        "took_ms": 1,
        "outcome": "done",
        "reason": None,
        "answer": edition,
        "outputs": [{"kind": "document", "ref": f"registration/{_id(n)}", "type": "Registration", "version": 1}],
        "parcels": [
            {
                "topic": "registration",
                "partition": 0,
                "seq": 0,
                "id": f"{place:024}",
                "type": "registration.confirmed.v1",
                "subject": _id(n),
                "body": fact % (_id(n), edition, _person(n), n),
            }
        ],
        "trace": {"partition": 0, "seq": 0},
    }


def _id(n: int) -> str:
    return f"stock{n:015}"


def _person(n: int) -> str:
    return f"somebody{n:012}"
