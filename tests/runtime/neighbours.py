"""Three small rooms at one broker, on a clock of their own: one tells, one listens, one keeps the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

from colloque.contracts import CONTACTS, TRACES, topic
from colloque.contracts.fact import Fact
from colloque.contracts.registration import Contact, ContactChanged
from colloque.contracts.traces import TraceLine
from colloque.runtime.bus.memory import Broker, MemoryBus
from colloque.runtime.bus.port import PULSES, Bus, Letter
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Cause, Desk
from colloque.runtime.intake import Intake
from colloque.runtime.lease import Lease
from colloque.runtime.refusal import Refusal
from colloque.runtime.relay import Relay
from colloque.runtime.room import Room
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import Store
from colloque.runtime.work import Answer, Change, Command, Document, Steps, Work
from tests.simulation.loop import VirtualLoop

NOON = datetime(2018, 6, 20, 12, tzinfo=UTC)
TELLER, LISTENER, LEDGER = "registration", "notifications", "traces"


# ---- the room that tells
class Told(Fact):
    type: str = "told.v1"
    word: str


class Whispered(Fact):
    """Nobody has a step for it."""

    type: str = "whispered.v1"


class Person(Document):
    given: str
    erased: bool = False


class Tell(Command):
    subject: str
    word: str


class Whisper(Command):
    subject: str


class Name(Command):
    """A person gets a name, or, without one, is erased."""

    person: str
    given: str = ""


class Said(Document):
    count: int = 0


async def tell(command: Tell, work: Work) -> Answer:
    said = await work.get(Said, command.subject) or Said(id=command.subject)
    told = Told(subject=command.subject, at=work.now, word=command.word)
    return work.keep(Change(said.becomes(count=said.count + 1), (told,))).count


async def whisper(command: Whisper, work: Work) -> Answer:
    said = await work.get(Said, command.subject) or Said(id=command.subject)
    work.keep(Change(said.becomes(count=said.count + 1), (Whispered(subject=command.subject, at=work.now),)))
    return None


async def name(command: Name, work: Work) -> Answer:
    known = await work.get(Person, command.person)
    becomes = {"given": command.given, "erased": not command.given}
    person = known.becomes(**becomes) if known else Person(id=command.person, given=command.given)
    work.keep(Change(person, (ContactChanged(subject=person.id, at=work.now),)))
    return person.version


def teller(desk: Desk) -> Room:
    async def contacts(people: Iterable[str]) -> Mapping[str, Contact]:
        found = [await desk.store.get(Person, id) for id in people]
        return {
            one.id: Contact(subject=one.id, at=NOON, epoch=0, revision=one.version, erased=one.erased, given=one.given)
            for one in found
            if one is not None
        }

    steps = Steps().on(Tell, tell).on(Whisper, whisper).on(Name, name)
    return Room(desk, steps=steps, kinds=(Person, Said), hears=(), contacts=contacts)


# ---- the room that listens
class Noted(Document):
    words: tuple[str, ...] = ()


class Known(Document):
    given: str = ""
    erased: bool = False
    place: tuple[int, int] = (0, 0)
    times: int = 0


class TooMuch(Refusal): ...


STUMBLES: list[str] = []
"""Words on which the listener's step has a bug."""


async def note(fact: Told, work: Work) -> Answer:
    if fact.word in STUMBLES:
        raise ZeroDivisionError
    if fact.word == "too much":
        raise TooMuch
    noted = await work.get(Noted, fact.subject) or Noted(id=fact.subject)
    work.keep(Change(noted.becomes(words=(*noted.words, fact.word))))
    return None


async def know(contact: Contact, work: Work) -> Answer:
    known = await work.get(Known, contact.subject) or Known(id=contact.subject)
    place = (contact.epoch, contact.revision)
    if place > known.place:
        new = {"given": contact.given, "erased": contact.erased, "place": place}
        work.keep(Change(known.becomes(times=known.times + 1, **new)))
    return None


def listener(desk: Desk) -> Room:
    steps = Steps().on(Told, note).on(Contact, know)
    return Room(desk, steps=steps, kinds=(Noted, Known), hears=(topic(TELLER), CONTACTS))


# ---- the room that keeps the trace
class Kept(Document):
    lines: tuple[str, ...] = ()


async def keep_line(line: TraceLine, work: Work) -> Answer:
    kept = await work.get(Kept, line.room) or Kept(id=line.room)
    work.keep(Change(kept.becomes(lines=(*kept.lines, line.id))))
    return None


def ledger(desk: Desk) -> Room:
    hears = (topic(TELLER), topic(LISTENER), TRACES)
    return Room(desk, steps=Steps().on(TraceLine, keep_line, patience=0.1), kinds=(Kept,), hears=hears)


BUILD: Mapping[str, Callable[[Desk], Room]] = {TELLER: teller, LISTENER: listener, LEDGER: ledger}


class Post(MemoryBus):
    """`way`: what becomes of the letters that this process sends."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker)
        self.way: Callable[[Sequence[Letter]], Sequence[Letter]] = list

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        return self.way(letters)


def only_pulses(letters: Sequence[Letter]) -> Sequence[Letter]:
    return [letter for letter in letters if letter.topic == PULSES]


B = TypeVar("B", bound=Bus)


class Process(Generic[B]):
    """One process of one room: desk, relay and intake on a bus."""

    def __init__(self, room: str, number: int, store: Store, bus: B, watch: bool = False) -> None:
        wall = asyncio.get_running_loop().time
        self.desk = Desk(room, store, MovedClock(NOON), key=b"n", name=f"{room}-{number}", wall=wall)
        self.room, self.bus = BUILD[room](self.desk), bus
        self.relay = Relay(self.room, bus, Lease(store, "relay", self.desk.name, wall, seconds=10), watch=watch)
        self.intake = Intake(self.room, bus)
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """The bus is started by whoever made it."""
        await self.desk.open()
        jobs = (self.desk.run(), self.relay.run(), self.intake.run())
        self.tasks = [asyncio.create_task(job) for job in jobs]

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert not [end for end in ends if not isinstance(end, asyncio.CancelledError)], ends


class House:
    """Everything in memory. `bus` makes the bus of each process that starts."""

    def __init__(self, bus: Callable[[Broker], Post] = Post, *, watch: bool = False) -> None:
        self.broker, self._bus, self._watch = Broker(), bus, watch
        self.stores = {room: MemoryStore(room) for room in BUILD}
        self.processes: list[Process[Post]] = []
        self._started = 0

    async def start(self, *rooms: str) -> list[Process[Post]]:
        started = []
        for room in rooms:
            self._started += 1
            process = Process(room, self._started, self.stores[room], self._bus(self.broker), self._watch)
            await process.bus.start()
            await process.start()
            self.processes.append(process)
            started.append(process)
        return started

    async def kill(self, process: Process[Post]) -> None:
        process.bus.kill()
        self.processes.remove(process)
        await process.end()

    async def tell(self, *words: str, subject: str = "s", by: int = 0) -> None:
        desk = [process.desk for process in self.processes if process.desk.room == TELLER][by]
        await asyncio.gather(*(desk.do(Tell(subject=subject, word=word), cause()) for word in words))

    def heard(self, subject: str = "s") -> list[str]:
        noted = self.stores[LISTENER].docs(Noted).get(subject)
        return list(noted.words) if noted else []

    def lags(self) -> dict[str, tuple[int, int]]:
        """What each room that runs has not yet handled of the others' streams: mark and end."""
        lags = {}
        for process in self.processes:
            marks = self.stores[process.desk.room].now.marks
            for source, store in self.stores.items():
                for where, end in store.now.ends.items():
                    mark = marks.get(f"{source}/{where}", None)
                    done = mark.seq if mark and mark.epoch == store.now.epoch else 0
                    if f"colloque.{where.partition('/')[0]}" in process.room.hears and done != end:
                        lags[f"{process.desk.room} < {source}/{where}"] = done, end
        return lags

    async def rest(self, within: float = 60) -> None:
        """Until all is handled; fails if that takes longer (on the loop's own clock) than `within`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while self.lags() or any(p.desk.waiting or p.desk.busy for p in self.processes):
            for process in self.processes:
                for task in process.tasks:
                    assert not task.done(), task
            assert loop.time() < until, self.lags()
            await asyncio.sleep(0.05)

    async def end(self) -> None:
        for process in list(self.processes):
            await self.kill(process)


_causes = iter(range(10**9))


def cause() -> Cause:
    return Cause.first(f"cause-{next(_causes)}")


def played(story: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test on a clock of its own: what takes minutes is over at once."""

    def play() -> None:
        STUMBLES.clear()
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(_until_done(story))

    play.__name__, play.__doc__ = story.__name__, story.__doc__
    return play


async def _until_done(story: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(3600):
        await story()
