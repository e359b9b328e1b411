"""Four small rooms that use everything a room can: A registers, B allots, C writes mails, T keeps a ledger.

Their rules are chosen to notice: a contended quota, a waiting line, offers that a timer ends, a document read and not
changed, something unique, a step that sees what the one before it did, a chain of slices, contacts that are erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from colloque.contracts.fact import Fact
from colloque.contracts.registration import Contact, ContactChanged
from colloque.contracts.traces import TraceLine
from colloque.runtime.desk import Desk
from colloque.runtime.journal import partition
from colloque.runtime.mailer.port import Deferred, Failed, Outcome, Sent, Unreachable
from colloque.runtime.mailing import NotYet, Suppressed, Writing, Written
from colloque.runtime.refusal import Refusal
from colloque.runtime.room import Room
from colloque.runtime.work import Answer, Change, Command, Document, Lookup, Steps, Work, keyed_id

CAPACITY = 3
LIVE = ("confirmed", "waiting", "offered")


class NotSo(Refusal): ...


class Taken(Refusal): ...


# ---------------------------------------------------------------------------------------------------------- documents
class Reg(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("person",)

    person: str
    edition: str
    state: str
    rank: int = 0
    lapses: int = 0
    revision: int = 1
    place: int | None = None


class Seats(Document):
    free: int = CAPACITY
    queue: tuple[str, ...] = ()
    rank: int = 0


class Badge(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("name",)
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"name": Taken}

    name: str


class Closed(Document):
    by: str


class Swept(Document):
    slices: int = 0


class Someone(Document):
    revision: int = 0
    erased: bool = False


class Tally(Document):
    count: int = 0


class Allot(Document):
    log: tuple[tuple[str, int], ...] = ()


class Letter(Document):
    """C's mail, as the postman wants it."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("lane",)
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (("state", "due_at"),)

    state: str = "queued"
    due_at: datetime
    lane: str
    after: str = ""
    attempts: int = 0
    story: str
    person: str
    revision: int


class Known(Document):
    """C's copy of a contact."""

    epoch: int
    revision: int
    erased: bool


class Ledger(Document):
    """T's: what came on one stream of traces, in order; one document a stream and life of its source."""

    lines: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------------------- facts
class About(Fact):
    person: str
    edition: str
    revision: int


class Registered(About):
    type: str = "sim.registered.v1"


class Offered(About):
    type: str = "sim.offered.v1"


class Confirmed(About):
    type: str = "sim.confirmed.v1"


class Cancelled(About):
    type: str = "sim.cancelled.v1"


class Expired(About):
    type: str = "sim.expired.v1"


class Noted(Fact):
    """Nobody has a step for this one."""

    type: str = "sim.noted.v1"


class Allotted(Fact):
    type: str = "sim.allotted.v1"
    place: int


class Reported(Fact):
    type: str = "sim.reported.v1"
    letter: str
    result: str


# ----------------------------------------------------------------------------------------------------------- commands
class Register(Command):
    edition: str
    person: str


class OnReg(Command):
    reg: str

    @property
    def about(self) -> str:
        return self.reg


class Cancel(OnReg): ...


class Accept(OnReg): ...


class Extend(OnReg): ...


class Expire(OnReg): ...


class Sweep(Command):
    left: int


class MakeBadge(Command):
    name: str


class Close(Command):
    edition: str


class ChangeContact(Command):
    person: str
    erase: bool


class SettleLetter(Command):
    letter: str
    result: str


async def register(command: Register, work: Work) -> Answer:
    reg = work.new_id()
    if await work.get(Closed, command.edition):  # read and not changed: only the fence guards it
        raise NotSo("closed")
    if sum(one.state in LIVE for one in await work.find(Reg, person=command.person)) >= 2:
        raise NotSo("two registrations a person")
    seats = await work.get(Seats, command.edition) or Seats(id=command.edition)
    if seats.free:
        state, rank = "confirmed", 0
        seats = seats.becomes(free=seats.free - 1)
    else:
        state, rank = "waiting", seats.rank + 1
        seats = seats.becomes(rank=rank, queue=(*seats.queue, reg))
    new = Reg(id=reg, person=command.person, edition=command.edition, state=state, rank=rank)
    told = Registered(subject=reg, at=work.now, person=command.person, edition=command.edition, revision=1)
    work.keep(Change(seats))
    work.keep(Change(new, (told, Noted(subject=command.edition, at=work.now))))
    return [reg, state, rank]


async def _live(work: Work, reg: str, *states: str) -> Reg:
    found = await work.get(Reg, reg)
    if found is None or found.state not in states:
        raise NotSo("not so")
    return found


def _change(work: Work, reg: Reg, fact: type[About], **changes: Any) -> None:
    new = reg.becomes(revision=reg.revision + 1, **changes)
    told = fact(
        type=fact.model_fields["type"].default,
        subject=reg.id,
        at=work.now,
        person=reg.person,
        edition=reg.edition,
        revision=new.revision,
    )
    work.keep(Change(new, (told,)))


async def _seats(work: Work, edition: str) -> Seats:
    return await work.get(Seats, edition) or Seats(id=edition)


async def _pass_on(work: Work, seats: Seats) -> None:
    """A seat has come free: the first who waits gets an offer, which a timer ends."""
    if not seats.queue:
        work.keep(Change(seats.becomes(free=seats.free + 1)))
        return
    first, *rest = seats.queue
    work.keep(Change(seats.becomes(queue=tuple(rest))))
    found = await work.get(Reg, first)
    assert found is not None
    _change(work, found, Offered, state="offered")
    work.wake(work.now + timedelta(seconds=3), Expire(reg=first))


async def cancel(command: Cancel, work: Work) -> Answer:
    reg = await _live(work, command.reg, *LIVE)
    seats = await _seats(work, reg.edition)
    _change(work, reg, Cancelled, state="cancelled")
    if reg.state == "waiting":
        work.keep(Change(seats.becomes(queue=tuple(one for one in seats.queue if one != reg.id))))
    else:
        await _pass_on(work, seats)
    return reg.state


async def accept(command: Accept, work: Work) -> Answer:
    _change(work, await _live(work, command.reg, "offered"), Confirmed, state="confirmed")
    return None


async def extend(command: Extend, work: Work) -> Answer:
    """Moves the timer."""
    await _live(work, command.reg, "offered")
    work.wake(work.now + timedelta(seconds=4), Expire(reg=command.reg))
    return None


async def expire(command: Expire, work: Work) -> Answer:
    """The timer's command: back to the end of the line once, then out; the seat goes to the next."""
    reg = await _live(work, command.reg, "offered")
    seats = await _seats(work, reg.edition)
    if reg.lapses:
        _change(work, reg, Cancelled, state="lapsed")
    else:
        seats = seats.becomes(queue=(*seats.queue, reg.id), rank=seats.rank + 1)
        _change(work, reg, Expired, state="waiting", lapses=1, rank=seats.rank)
    await _pass_on(work, seats)
    return None


async def sweep(command: Sweep, work: Work) -> Answer:
    """Long work: one slice, which wakes the next."""
    swept = await work.get(Swept, "all") or Swept(id="all")
    work.keep(Change(swept.becomes(slices=swept.slices + 1)))
    if command.left:
        work.wake(work.now, Sweep(left=command.left - 1))
    return None


async def make_badge(command: MakeBadge, work: Work) -> Answer:
    return work.keep(Change(Badge(id=work.new_id(), name=command.name))).id


async def close(command: Close, work: Work) -> Answer:
    shut = await work.get(Closed, command.edition)
    if shut:
        work.keep(Change(shut, gone=True))
        return "opened"
    work.keep(Change(Closed(id=command.edition, by=work.cause)))
    return "closed"


async def change_contact(command: ChangeContact, work: Work) -> Answer:
    known = await work.get(Someone, command.person) or Someone(id=command.person)
    if known.erased:
        raise NotSo("erased")
    new = known.becomes(revision=known.revision + 1, erased=command.erase)
    work.keep(Change(new, (ContactChanged(subject=command.person, at=work.now),)))
    return None


async def place(fact: Allotted, work: Work) -> Answer:
    """A hears of B's allotment."""
    reg = await _live(work, fact.subject, *LIVE, "cancelled", "lapsed")
    work.keep(Change(reg.becomes(place=fact.place)))
    return None


async def tally(fact: About, work: Work) -> Answer:
    """B's first step: a contended count."""
    known = await work.get(Tally, fact.edition) or Tally(id=fact.edition)
    work.keep(Change(known.becomes(count=known.count + 1)))
    return None


async def allot(fact: About, work: Work) -> Answer:
    """B's second step: sees the first one's change, and tells a fact."""
    known = await work.get(Allot, fact.subject) or Allot(id=fact.subject)
    tallied = await work.get(Tally, fact.edition)
    count = tallied.count if tallied else -1
    told = (Allotted(subject=fact.subject, at=work.now, place=count),) if isinstance(fact, Registered) else ()
    work.keep(Change(known.becomes(log=(*known.log, (fact.type, count))), told))
    return None


async def write(fact: About, work: Work) -> Answer:
    """C: a letter; it waits for the one of its lane that is still to be sent, or finds that one superseded."""
    waiting = [old for old in await work.find(Letter, lane=fact.subject) if old.state == "queued"]
    before = max(waiting, key=lambda old: old.revision).id if waiting else ""
    id = keyed_id(b"letter", work.cause, fact.type, fact.person)
    letter = Letter(
        id=id,
        due_at=work.now,
        lane=fact.subject,
        after=before,
        story=work.story,
        person=fact.person,
        revision=fact.revision,
    )
    work.keep(Change(letter))
    return None


async def settle_letter(command: SettleLetter, work: Work) -> Answer:
    """What came of a letter; the first « sent » is the last word."""
    letter = await work.get(Letter, command.letter)
    result = command.result
    if letter is None or letter.state == "sent" or (letter.state == "failed" and result != "sent"):
        raise NotSo("settled")
    if result == "deferred":
        later = work.now + timedelta(seconds=1.5**letter.attempts)
        work.keep(Change(letter.becomes(due_at=later, attempts=letter.attempts + 1)))
    else:
        told = Reported(subject=letter.lane, at=work.now, letter=letter.id, result=result)
        work.keep(Change(letter.becomes(state=result), (told,)))
    return None


async def keep_contact(contact: Contact, work: Work) -> Answer:
    """C, without a line: an older one never replaces a newer one."""
    known = await work.get(Known, contact.subject)
    if known is None or (known.epoch, known.revision) < (contact.epoch, contact.revision):
        new = {"epoch": contact.epoch, "revision": contact.revision, "erased": contact.erased}
        work.keep(Change(known.becomes(**new) if known else Known(id=contact.subject, **new)))
    return None


async def keep_line(line: TraceLine, work: Work) -> Answer:
    """T, without a line of its own."""
    key = f"{line.room}/{line.epoch}/{partition(line.story)}"
    known = await work.get(Ledger, key) or Ledger(id=key)
    work.keep(Change(known.becomes(lines=(*known.lines, line.id))))
    return None


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
    .on(Allotted, place)
)
B_STEPS, C_STEPS = Steps(), Steps().on(SettleLetter, settle_letter).on(Contact, keep_contact)
for about in ABOUT:
    B_STEPS.on(about, tally, allot)
    C_STEPS.on(about, write)
T_STEPS = Steps().on(TraceLine, keep_line)


# -------------------------------------------------------------------------------------------------------------- rooms
class Letters:
    """C's mailing: a letter is its own id."""

    kind = Letter

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def write(self, mails: Sequence[Letter]) -> Sequence[Writing]:
        known = await self._desk.store.fetch([(Known, mail.person) for mail in mails])
        found = [known.documents[Known, mail.person] for mail in mails]
        return [_written(mail, one) for mail, one in zip(mails, found, strict=True)]

    def supersedes(self, newer: Letter, older: Letter) -> bool:
        return newer.revision > older.revision

    def report(self, mail: Letter, result: Outcome | Suppressed, written: Written | None) -> Command:  # noqa: ARG002 - a port
        words = {
            Sent: "sent",
            Failed: "failed",
            Suppressed: "suppressed",
            Deferred: "deferred",
            Unreachable: "deferred",
        }
        return SettleLetter(letter=mail.id, result=words[type(result)])


def _written(letter: Letter, known: Document | None) -> Writing:
    if not isinstance(known, Known):
        return NotYet((Known, letter.person))
    if known.erased:
        return Suppressed("erased")
    return Written("house", letter.person, letter.id.encode())


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
        mailing=Letters(desk) if name == "notifications" else None,  # type: ignore[arg-type]
    )


def _contact(someone: Someone, at: datetime) -> Contact:
    return Contact(subject=someone.id, at=at, epoch=0, revision=someone.revision, erased=someone.erased)
