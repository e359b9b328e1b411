"""What A does: it registers people for editions with few seats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from colloque.contracts.registration import ContactChanged
from colloque.runtime.work import Answer, Change, Work
from tests.simulation.rooms.words import (
    LIVE,
    About,
    Accept,
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
    MakeBadge,
    Misspeak,
    Noted,
    NotSo,
    Odd,
    Offered,
    Reg,
    Register,
    Registered,
    Seats,
    Someone,
    Sweep,
    Swept,
)


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
    reg = await _live(work, command.reg, "offered")
    await work.hold(Closed, reg.edition)
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


async def misspeak(command: Misspeak, work: Work) -> Answer:
    work.tell(Odd(subject=command.edition, at=work.now))
    return None


async def change_contact(command: ChangeContact, work: Work) -> Answer:
    known = await work.get(Someone, command.person) or Someone(id=command.person)
    if known.erased:
        raise NotSo("erased")
    new = known.becomes(revision=known.revision + 1, erased=command.erase)
    work.keep(Change(new, (ContactChanged(subject=command.person, at=work.now),)))
    return None


async def place(fact: Allotted, work: Work) -> Answer:
    """A hears of B's allotment, perhaps too late."""
    reg = await _live(work, fact.subject, *LIVE)
    work.keep(Change(reg.becomes(place=fact.place)))
    return None
