"""Four small rooms that use everything a room can: A registers, B allots, C writes mails, T keeps a ledger.

Their rules are chosen to notice: a contended quota, a waiting line, offers that a timer ends, a document read and not
changed, something unique, a step that sees what the one before it did, a chain of slices, contacts that are erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from colloque.contracts.registration import Contact
from colloque.contracts.traces import TraceLine
from colloque.runtime.desk import Desk
from colloque.runtime.room import Room
from colloque.runtime.work import Document, Steps
from tests.simulation.rooms.letters import Letters
from tests.simulation.rooms.listening import allot, keep_contact, keep_line, read_odd, settle_letter, tally, write
from tests.simulation.rooms.registering import (
    accept,
    cancel,
    change_contact,
    close,
    expire,
    extend,
    make_badge,
    misspeak,
    place,
    register,
    sweep,
)
from tests.simulation.rooms.words import (
    About,
    Accept,
    Allot,
    Allotted,
    Badge,
    Cancel,
    Cancelled,
    ChangeContact,
    Close,
    Closed,
    Confirmed,
    Expire,
    Expired,
    Extend,
    Known,
    Ledger,
    Letter,
    MakeBadge,
    Misspeak,
    OddAsRead,
    Offered,
    Reg,
    Register,
    Registered,
    Seats,
    SettleLetter,
    Someone,
    Sweep,
    Swept,
    Tally,
)

ABOUT: Sequence[type[About]] = (Registered, Offered, Confirmed, Cancelled, Expired)

A_STEPS = (
    Steps()
    .on(Register, register)
    .on(Cancel, cancel)
    .on(Accept, accept)
    .on(Extend, extend)
    .on(Expire, expire)
    .on(Sweep, sweep)
    .on(MakeBadge, make_badge)
    .on(Close, close)
    .on(ChangeContact, change_contact)
    .on(Misspeak, misspeak)
    .on(Allotted, place)
)
B_STEPS, C_STEPS = Steps().on(OddAsRead, read_odd), Steps().on(SettleLetter, settle_letter).on(Contact, keep_contact)
for about in ABOUT:
    B_STEPS.on(about, tally, allot)
    C_STEPS.on(about, write)
T_STEPS = Steps().on(TraceLine, keep_line, patience=0.1)

HEARS = {
    "registration": ("colloque.scheduling",),
    "scheduling": ("colloque.registration",),
    "notifications": ("colloque.registration", "colloque.scheduling", "colloque.contacts"),
    "traces": ("colloque.registration", "colloque.scheduling", "colloque.notifications", "colloque.traces"),
}
STEPS = {"registration": A_STEPS, "scheduling": B_STEPS, "notifications": C_STEPS, "traces": T_STEPS}
KINDS: dict[str, tuple[type[Document], ...]] = {
    "registration": (Reg, Seats, Badge, Closed, Swept, Someone),
    "scheduling": (Tally, Allot),
    "notifications": (Letter, Known),
    "traces": (Ledger,),
}


def build(desk: Desk, steps: Steps) -> Room:
    async def contacts(people: Iterable[str]) -> Mapping[str, Contact]:
        people = list(people)
        fetched = await desk.store.fetch([(Someone, person) for person in people])
        found = {person: fetched.documents[Someone, person] for person in people}
        return {person: _contact(one, desk.clock.now()) for person, one in found.items() if isinstance(one, Someone)}

    name = desk.room
    return Room(
        desk,
        steps=steps,
        kinds=KINDS[name],
        hears=HEARS[name],
        contacts=contacts if name == "registration" else None,
        mailing=Letters(desk) if name == "notifications" else None,
    )


def _contact(someone: Someone, at: datetime) -> Contact:
    return Contact(subject=someone.id, at=at, epoch=0, revision=someone.revision, erased=someone.erased)
