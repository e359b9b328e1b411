"""A room that only sends mails, and what its tests hold in their hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.memory import MemoryMailer
from colloque.runtime.mailer.port import Deferred, Failed, Mailer, Sent
from colloque.runtime.mailing import NotYet, Result, Suppressed, Writing, Written
from colloque.runtime.postman import Postman
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.work import Change, Command, Document, Steps, Work

START = datetime(2018, 6, 20, 8, tzinfo=UTC)


class Address(Document):
    email: str


class Note(Document):
    windows = (("state", "due_at"),)
    output: ClassVar[str] = "mail"

    person: str
    words: str = ""
    story: str = "s"
    state: str = "queued"
    due_at: datetime
    attempts: int = 0
    lane: str = ""
    after: str = ""
    reason: str = ""


class Write(Command):
    id: str
    person: str = "nadia"
    words: str = ""
    lane: str = ""
    after: str = ""


class Learn(Command):
    person: str
    email: str


class Settle(Command):
    mail: str
    state: str
    reason: str = ""


async def write(command: Write, work: Work) -> str:
    work.keep(Change(Note(due_at=work.now, **command.model_dump())))
    return command.id


async def learn(command: Learn, work: Work) -> str:
    work.keep(Change(Address(id=command.person, email=command.email)))
    return command.person


async def settle(command: Settle, work: Work) -> str:
    note = await work.get(Note, command.mail)
    if note is None or note.state not in ("queued", "deferred"):
        return "settled before"
    later = work.now + timedelta(minutes=5) if command.state == "deferred" else note.due_at
    values = {"state": command.state, "reason": command.reason, "attempts": note.attempts + 1, "due_at": later}
    work.keep(Change(note.becomes(**values)))
    return command.state


class Letters:
    kind = Note

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.poison: set[str] = set()

    async def write(self, mails: Sequence[Note]) -> list[Writing]:
        addresses = await self.desk.reads.all(Address, [mail.person for mail in mails])
        return [self._one(mail, address) for mail, address in zip(mails, addresses, strict=True)]

    def _one(self, mail: Note, address: Address | None) -> Writing:
        if mail.id in self.poison:
            raise KeyError(mail.id)
        if address is None:
            return NotYet((Address, mail.person))
        if not address.email:
            return Suppressed("erased")
        return Written("post@colloque.example", address.email, f"Message-ID: <{mail.id}>\r\n\r\n".encode())

    def supersedes(self, newer: Note, older: Note) -> bool:
        return newer.words == older.words == "dates"

    def report(self, mail: Note, result: Result, written: Written | None) -> Settle:  # noqa: ARG002
        match result:
            case Sent():
                return Settle(mail=mail.id, state="sent")
            case Suppressed(reason):
                return Settle(mail=mail.id, state="suppressed", reason=reason)
            case Deferred(_, words):
                return Settle(mail=mail.id, state="deferred", reason=words)
            case Failed(_, words):
                return Settle(mail=mail.id, state="failed", reason=words)
        raise AssertionError(result)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 (whoever makes it true tells nobody)
            await asyncio.sleep(0.005)


class Office:
    """One process of the room. Several may share a store."""

    def __init__(
        self, store: MemoryStore, clock: MovedClock, mailer: Mailer, wall: Callable[[], float], name: str
    ) -> None:
        self.store, self.clock, self.mailer = store, clock, mailer
        self.desk = Desk("post", store, clock, key=b"test", name=name)
        self.letters = Letters(self.desk)
        steps = Steps().on(Write, write).on(Learn, learn).on(Settle, settle)
        Room(self.desk, steps, kinds=(Note, Address), hears=())
        self.lease = Lease(store, "postman", name, wall, seconds=30.0)
        self.postman = Postman(self.desk, self.letters, mailer, self.lease, poll=0.05, pause=0.02)

    async def do(self, *commands: Command) -> None:
        await asyncio.gather(*(self.desk.do(command, Cause.first(f"{command!r}")) for command in commands))

    async def become(self, id: str, state: str) -> Note:
        await until(lambda: id in self.store.docs(Note) and self.store.docs(Note)[id].state == state)
        return self.store.docs(Note)[id]


class StuckStore(MemoryStore):
    """A database that keeps everybody waiting in the calls named in `stuck`, until they are taken out of it."""

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self.stuck: set[str] = set()

    async def _reach(self, what: str) -> None:
        await super()._reach(what)
        await until(lambda: what not in self.stuck)


class Wall:
    """System seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def office(
    store: MemoryStore | None = None,
    mailer: Any = None,
    wall: Wall | None = None,
    name: str = "one",
    posting: bool = True,
) -> AsyncIterator[Office]:
    one = Office(store or MemoryStore("post"), MovedClock(START), mailer or MemoryMailer(), wall or Wall(), name)
    async with one.desk.running():
        task = asyncio.create_task(one.postman.run()) if posting else None
        try:
            yield one
        finally:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
                one.postman.abandon()
