"""The storm: processes of four rooms on a database, a broker and a mail server that fail in every way we know; people
who try until they have an answer; an operator who replays what is parked. One thread, one seed."""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections import Counter as Count
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from colloque.runtime.bus.memory import Broker, Ear, MemoryBus, Where
from colloque.runtime.bus.port import ASKS, PULSES, BusDown, Letter
from colloque.runtime.desk import Bug, Cause, Desk
from colloque.runtime.engine import Engine
from colloque.runtime.mailer.memory import MemoryMailer, Taken
from colloque.runtime.mailer.port import Deferred, Failed, Outcome
from colloque.runtime.message import Message
from colloque.runtime.parked import Parked
from colloque.runtime.refusal import OtherPayload, Refusal, TryAgain
from colloque.runtime.rest import numbers, unrest
from colloque.runtime.store.memory import Backup, MemoryStore
from colloque.runtime.store.port import CommitUnknown, Conflict, Down, DuplicateLine, DuplicateValue, Transaction
from colloque.runtime.turn import line_id
from colloque.runtime.work import Answer, Command, Step, Steps, Timer, Work
from tests.simulation import rooms as small
from tests.simulation.loop import VirtualLoop

FAULTS = tuple(
    "crash stall slow rebalance kill wipe truncate producer lost database unknown answers twins smtp poison restore "
    "skew".split()
)
STORM, LIMIT = 10.0, 180.0
"""Faults for so long; then rest within so long."""
LEASE, SENDING = 8.0, 3.0
EPOCH = 1_500_000_000.0
DAWN = datetime(2018, 6, 1, tzinfo=UTC)
ROOMS = ("registration", "scheduling", "notifications", "traces")
PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class Broken(Exception):
    """A law is broken."""


class Poison(Exception):
    """A step's bug."""


# ------------------------------------------------------------------------------------------------- what is not ours
class StormStore(MemoryStore):
    """One room's database. Calls of a process take time, and may find it away; calls of nobody answer at once."""

    def __init__(self, world: World, room: str) -> None:
        super().__init__(room)
        self.world, self.down, self.life = world, 0.0, 0

    async def _reach(self, what: str) -> None:
        await super()._reach(what)
        process = PROCESS.get()
        if process is not None:
            await process.step()
            if self.down > self.world.loop.now:
                raise Down(self.room)

    async def commit(self, tx: Transaction) -> None:
        """Now and then the result is lost: it is done, not done, or done a little later."""
        await self._reach("commit")
        world = self.world
        if world.fault("unknown", 0.12):
            how, life = world.rng.randrange(3), self.life
            world.log(self.room, "commit: result unknown,", ("done", "not done", "done later")[how])
            if how == 0:
                self._apply_quietly(tx, life)
            if how == 2:
                world.loop.call_later(world.rng.random() * 3, self._apply_quietly, tx, life)
            await self._reach("committed")
            raise CommitUnknown
        self.apply(tx)
        process = PROCESS.get()
        if process is not None:
            await process.step()

    def apply(self, tx: Transaction) -> None:
        super().apply(tx)
        for line in tx.lines:
            self.world.note_report(self.room, line["_id"])
            self.world.log(self.room, "line", line["n"], line["_id"], line["outcome"], line["answer"] or "")

    def _apply_quietly(self, tx: Transaction, life: int) -> None:
        if life == self.life:
            with suppress(Conflict, DuplicateLine, DuplicateValue):
                self.apply(tx)

    def put_back(self, backup: Backup) -> set[str]:
        """Answers the lines that are lost."""
        lost = set(self._lines) - set(backup.lines)
        self.restore(backup)
        self.life += 1
        return lost


class StormBroker(Broker):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.back = world, 0.0

    def choose(self, _group: str, where: Where, members: Sequence[Ear]) -> Ear:  # noqa: ARG002 - a port
        return self.world.rng.choice(members)

    def fail(self, seconds: float) -> None:
        self.up = False
        self.back = max(self.back, self.world.loop.now + seconds)
        self.world.loop.call_later(seconds, self._come_back)

    def _come_back(self) -> None:
        if self.world.loop.now >= self.back - 1e-9:
            self.up = True


class StormBus(MemoryBus):
    def __init__(self, broker: StormBroker, process: Process) -> None:
        super().__init__(broker)
        self.process, self.world = process, process.world

    async def reach(self, what: str) -> None:
        await self.process.step()
        if what == "acknowledge" and self.world.fault("producer", 0.05):
            raise BusDown("no acknowledgement, though all arrived")

    def on_the_way(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        world, out = self.world, list(letters)
        if world.fault("producer", 0.15):
            world.rng.shuffle(out)  # a retry overtook
        for letter in letters:
            if world.fault("producer", 0.05):
                out.append(letter)  # sent twice
            if world.fault("producer", 0.05):  # a first try that arrives late
                world.loop.call_later(world.rng.random() * 5, self.broker.append, letter)
        return [one for one in out if one.topic not in (PULSES, ASKS) or not world.fault("lost", 0.3)]


@dataclass
class Sending:
    """One try to send a letter."""

    letter: str
    lane: str
    revision: int
    by: Process
    start: float
    until: float
    life: int
    accepted: bool = False
    lost: bool = False


class StormMailer(MemoryMailer):
    """250, 4xx, 5xx, or the connection is lost before or after the 250."""

    def __init__(self, process: Process) -> None:
        super().__init__(limit=SENDING)
        self.process, self.world = process, process.world

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        world, store = self.world, self.world.stores["notifications"]
        letter = store.docs(small.Letter)[message.decode()]
        postman = self.process.engine.postman
        assert postman is not None
        until = world.loop.now + postman.lease.left
        sending = Sending(
            letter.id, letter.lane, letter.revision, self.process, world.loop.now, until, store.life
        )  # fmt: skip
        world.sends.append(sending)
        await asyncio.sleep(world.lag() + (1.0 + world.rng.random() * 1.5 if world.fault("smtp", 0.5) else 0.0))
        if world.fault("smtp", 0.2):
            no: Sequence[Outcome] = (Deferred(451, ""), Deferred(0, ""), Failed(550, ""))
            return world.rng.choice(no)
        sending.accepted = True
        await asyncio.sleep(world.lag())
        sending.lost = world.fault("smtp", 0.1)
        return Deferred(0, "") if sending.lost else await super().send(sender, recipient, message)

    async def _reach(self, taken: Taken) -> Outcome | None:  # noqa: ARG002 - asked before, above
        return None


# ------------------------------------------------------------------------------------------------------- processes
class SimClock:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> datetime:
        return DAWN + timedelta(milliseconds=int(self._now() * 1000))

    def on_move(self, told: Callable[[], None]) -> None:
        pass


class WatchedDesk(Desk):
    """Notes what each line was about, so that the laws can do it again, one by one."""

    world: World

    def _noted(self, message: Message) -> Message:
        for step in message.steps:
            self.world.messages.setdefault((self.room, line_id(message, step)), message)
        return message

    def _read(self, parcel: Any) -> Message:
        return self._noted(super()._read(parcel))

    async def _answered(self, message: Message) -> Any:
        return await super()._answered(self._noted(message))


class Process:
    """One replica of one room. What it keeps in memory it may lose at any await."""

    def __init__(self, world: World, room: str, name: str) -> None:
        self.world, self.room, self.place, self.alive, self.stalled = world, room, name, True, 0.0
        world.started += 1
        self.name = f"{name}.{world.started}"
        """Of this process alone, as every process has a name that no other had."""
        self.skew = (world.rng.random() - 0.5) * ("skew" in world.faults)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.context = copy_context()
        self.context.run(PROCESS.set, self)
        self.context.run(self._furnish)
        self.context.run(asyncio.create_task, self._live())

    def wall(self) -> float:
        """This machine's idea of system time."""
        return EPOCH + self.world.loop.now + self.skew

    def _furnish(self) -> None:
        world = self.world
        self.bus = StormBus(world.broker, self)
        desk = world.desk_class(
            self.room,
            world.stores[self.room],
            SimClock(lambda: self.world.loop.now + self.skew),
            key=b"sim",
            name=self.name,
            limit=16,
            random=Random(world.rng.random()),
            wall=self.wall,
        )
        desk.world = world
        room = small.build(desk, world.steps(self.room))
        mailer = StormMailer(self) if room.mailing else None
        self.engine = Engine(room, self.bus, mailer, wall=self.wall, lease=LEASE, random=Random(world.rng.random()))
        if self.engine.postman:
            self.engine.postman._token = lambda: f"{world.rng.randrange(10**9)}"

    async def _live(self) -> None:
        await self.engine.open()
        self.engine.start(self._ended)
        while True:
            try:
                return await self.bus.start()
            except BusDown:
                await asyncio.sleep(0.2)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """No half-alive house: its supervisor starts it again. In a storm only the storm may end one."""
        if self.alive:
            self.world.broken.append(f"0: {task.get_name()} of {self.name} ended: {task.exception()!r}")

    async def step(self) -> None:
        """Time passes; the process may stand still, or have died."""
        await asyncio.sleep(self.world.lag())
        while self.alive and self.stalled > self.world.loop.now:
            await asyncio.sleep(self.stalled - self.world.loop.now)
        if not self.alive:
            raise asyncio.CancelledError

    def die(self) -> None:
        self.world.log("dies", self.name)
        self.alive = False
        for task in list(self.tasks):
            task.cancel()
        ears = list(self.bus._ears)
        for ear in ears:
            self.world.loop.call_later(self.world.rng.random() * 2, self.world.broker.leave, ear)


@dataclass
class Refused:
    """Somebody was told no, between these numbers of lines."""

    first: int
    last: int
    command: Command
    cause: Cause


@dataclass
class World:
    """`patch`: what is taken out of the product for this run (see mutants)."""

    seed: int
    faults: Sequence[str]
    logging: bool = False
    desk_class: type[WatchedDesk] = WatchedDesk
    rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        faults = list(self.faults)
        if len(faults) > 3:
            faults = [fault for fault in faults if self.rng.random() < 0.6]
        self.calm = self.rng.random() < 0.1
        if self.calm:  # nothing fails, but more people come
            faults = [fault for fault in faults if fault in ("twins", "answers")]
        self.faults = faults
        self.loop = VirtualLoop()
        self.loop.set_task_factory(_note_process)
        self.injected: Count[str] = Count()
        self.faulty, self.sick = True, self.rng.random() * 0.25
        self.told: dict[tuple[str, str], list[tuple[str, Answer]]] = {}
        self.twice: set[str] = set()
        self.lost: set[str] = set()
        self.restored: set[str] = set()
        self.open, self.started, self.regs = 0, 0, ["none"]
        self.refusals: list[Refused] = []
        self.sends: list[Sending] = []
        self.reports: dict[str, list[float]] = defaultdict(list)
        """When what came of a letter was committed, whatever became of that commit."""
        self.messages: dict[tuple[str, str], Message] = {}
        self.broken: list[str] = []
        self.stores = {room: StormStore(self, room) for room in ROOMS}
        self.broker = StormBroker(self)
        self.replicas = {room: self.rng.choice((1, 2, 2)) for room in ROOMS}
        self.processes: dict[str, list[Process]] = {room: [] for room in ROOMS}

    def note_report(self, room: str, line: str) -> None:
        message = self.messages.get((room, line))
        if message is not None and isinstance(message.body, small.SettleLetter):
            self.reports[message.body.letter].append(self.loop.now)

    def log(self, *words: Any) -> None:
        if self.logging:
            print(f"{self.loop.now:8.3f}", *words)

    def lag(self) -> float:
        r = self.rng.random()
        return r * 1.2 if r > 0.95 and self.fault("slow", 0.5) else r * 0.02

    def fault(self, name: str, p: float) -> bool:
        if self.faulty and name in self.faults and self.rng.random() < p:
            self.injected[name] += 1
            return True
        return False

    def steps(self, room: str) -> Steps:
        """The room's, some of them with bugs: some facts always fail some steps, until the fix comes; some now and
        then."""
        table = Steps()
        for kind, steps in small.STEPS[room]._rows.values():
            table.on(kind, *(self._poisoned(step) if len(steps) and _is_fact(kind) else step for step in steps))
        return table

    def _poisoned(self, step: Step) -> Step:
        @functools.wraps(step)
        async def with_bug(message: Any, work: Work) -> Answer:
            answer = await step(message, work)
            luck = zlib.crc32(f"{self.seed}{work.cause}{step.__name__}".encode()) / 2**32
            if luck < self.sick * 2 and self.fault("poison", 1.0 if luck < self.sick else 0.6):
                raise Poison
            return answer

        return with_bug

    # ---- one run
    def play(self) -> None:
        """Raises Broken if the house does not come to rest."""
        try:
            self.loop.run_until_complete(self._play())
        finally:
            self.faulty = False
            everything = asyncio.all_tasks(self.loop)
            for task in everything:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*everything, return_exceptions=True))
            self.loop.close()

    async def _play(self) -> None:
        for room in ROOMS:
            for i in range(self.replicas[room]):
                self.start(room, f"{room}-{i + 1}")
        rush = [self.rng.random() * 8 for _ in range(4)]
        for i in range(self.rng.randint(14, 26) * (3 if self.calm else 1)):
            self.visitor(self.rng.choice(rush) + self.rng.random() * self.rng.choice((0.05, 1.0)), f"k{i}")
        for when in (self.rng.random() * 6, STORM):  # the second: whoever was restored away is there again
            for i in range(4):
                self.visitor(when, f"c{i}@{when:.0f}", small.ChangeContact(person=f"p{i}", erase=False))
        asyncio.create_task(self._chaos())
        asyncio.create_task(self._operator())
        await asyncio.sleep(STORM)
        await self._rest()

    async def _rest(self) -> None:
        """Twice in a row, with the same numbers."""
        before: Any = None
        while True:
            await asyncio.sleep(0.5)
            if self.broken:
                raise Broken(self.broken[0])
            why, now = await self._unrest()
            if why is None and before == now:
                return
            before = now if why is None else None
            if self.loop.now > STORM + LIMIT:
                raise Broken(f"4: no rest: {why}")

    async def _unrest(self) -> tuple[str | None, Any]:
        if self.open:
            return f"{self.open} commands without answer", None
        statuses: dict[str, Any] = {}
        for room in ROOMS:
            here = self.processes[room]
            if len(here) < self.replicas[room] or any(one.stalled > self.loop.now for one in here):
                return f"{room}: processes are missing", None
            several = [await one.engine.status() for one in here]
            statuses[room] = {
                **several[0],
                "waiting": sum(one["waiting"] for one in several),
                "busy": any(one["busy"] for one in several),
                "relayed": max(one["relayed"] for one in several),
            }
            store = self.stores[room]
            if store.docs(Parked) or store.docs(Timer):
                return f"{room}: something is parked or set", None
            if room == "notifications" and any(one.state == "queued" for one in store.docs(small.Letter).values()):
                return (
                    f"letters wait: {[one for one in store.docs(small.Letter).values() if one.state == 'queued']}",
                    None,
                )
        return self.rule_of_rest(statuses), numbers(statuses)

    def rule_of_rest(self, statuses: dict[str, Any]) -> str | None:
        return unrest(statuses)

    # ---- faults
    def start(self, room: str, name: str) -> None:
        self.processes[room].append(Process(self, room, name))

    def crash(self, process: Process, seconds: float) -> None:
        process.die()
        self.processes[process.room].remove(process)
        self.loop.call_later(seconds, self.start, process.room, process.place)

    async def _chaos(self) -> None:
        kinds = ["crash", "stall", "rebalance", "kill", "wipe", "truncate", "database", "restore"]
        actions = [kind for kind in kinds if kind in self.faults]
        backups: dict[str, Backup] = {}
        for _ in range(self.rng.randint(3, 12) if actions else 0):
            await asyncio.sleep(self.rng.random() * STORM / 6)
            action, seconds = self.rng.choice(actions), self.rng.random() * 4
            room = self.rng.choice(("registration",) * 2 + ("scheduling",) * 2 + ("notifications",) * 3 + ("traces",))
            if self.loop.now + seconds > STORM:
                break
            self.injected[action] += 1
            self.log("fault:", action, room)
            await self._do(action, room, seconds, backups)
        await asyncio.sleep(max(0.0, STORM - self.loop.now))
        self.faulty = False

    async def _do(self, action: str, room: str, seconds: float, backups: dict[str, Backup]) -> None:
        rng, store, here = self.rng, self.stores[room], self.processes[room]
        match action:
            case "crash" if here:
                self.crash(rng.choice(here), seconds)
            case "stall" if here:  # longer than leases last, in a turn if there is one
                process = rng.choice(here)
                while not process.engine.desk.busy and rng.random() < 0.95:
                    await asyncio.sleep(0.02)
                process.stalled = self.loop.now + seconds * 3
                self.loop.call_later(seconds, self.broker.rebalance, room)
            case "rebalance":
                if rng.random() < 0.5:  # the group's offsets have expired
                    for group, where in list(self.broker.committed):
                        if group == room:
                            del self.broker.committed[group, where]
                self.broker.rebalance(room)
            case "kill" | "wipe":
                if action == "wipe":
                    self.broker.wipe(positions=rng.random() < 0.5)
                self.broker.fail(seconds / 2)
            case "truncate":
                for log in self.broker.logs.values():
                    del log[max(0, len(log) - rng.randrange(4)) :]
            case "database":
                store.down = self.loop.now + seconds
            case "restore" if room not in backups:
                backups[room] = store.backup()
            case "restore":
                for process in list(here):
                    self.crash(process, seconds)
                self.lost |= store.put_back(backups.pop(room))
                await self.begin_life(store)
                self.restored.add(room)

    async def begin_life(self, store: StormStore) -> None:
        await store.begin_epoch()

    # ---- people
    def visitor(self, when: float, key: str, command: Command | None = None) -> None:
        self.open += 1
        asyncio.create_task(self._visit(when, key, command))

    def _wish(self) -> Command:
        rng, edition, person = self.rng, f"e{self.rng.randrange(2)}", f"p{self.rng.randrange(4)}"
        reg = rng.choice(self.regs[-6:])
        wishes: list[Command] = [small.Register(edition=edition, person=person)] * 4
        wishes += [small.Cancel(reg=reg)] * 2
        wishes += [small.Accept(reg=reg), small.Extend(reg=reg), small.Extend(reg=reg), small.Sweep(left=2)]
        wishes += [small.MakeBadge(name=f"b{rng.randrange(3)}"), small.Close(edition=edition)]
        wishes += [small.ChangeContact(person=person, erase=rng.random() < 0.2)] * 4
        return rng.choice(wishes)

    async def _visit(self, when: float, key: str, command: Command | None) -> None:
        """Somebody outside keeps one key and tries until there is an answer; some press the button twice."""
        await asyncio.sleep(max(0.0, when - self.loop.now))
        if command is None:
            command = self._wish()
            if isinstance(command, small.Accept | small.Extend):  # at the last moment
                command = await self._wait_for_offer(command)
        if key not in self.twice and self.fault("twins", 0.3):
            self.twice.add(key)
            self.visitor(self.loop.now + self.rng.random() * 0.05, key, command)
        while not (answer := await self._call(key, command)):
            await asyncio.sleep(0.2 + self.rng.random() * 0.5)
        self.log("told", key, command, *answer)
        self.told.setdefault((key, type(command).__name__), []).append(answer)
        if isinstance(command, small.Register) and answer[0] == "done" and isinstance(answer[1], list):
            self.regs.append(answer[1][0])
        if answer[0] == "done" and self.fault("answers", 0.2):
            other = await self._call(key, _other(command))
            line = f"{key}/{_step(command)}"
            if other and other[0] != "other" and line not in self.lost:
                self.broken.append("1: a key with another payload was answered as if it were the same")
        self.open -= 1

    async def _wait_for_offer(self, command: small.OnReg) -> Command:
        offers = [timer for timer in self.stores["registration"].docs(Timer).values() if timer.command == "Expire"]
        if offers:
            timer = self.rng.choice(offers)
            at = (timer.at - DAWN).total_seconds()
            await asyncio.sleep(max(0.0, at - self.loop.now + self.rng.random() * 0.4 - 0.1))
            return command.model_copy(update={"reg": timer.body["reg"]})
        return command

    async def _call(self, key: str, command: Command) -> tuple[str, Answer] | None:
        here = self.processes["registration"]
        if not here:
            return None
        store, first = self.stores["registration"], self.stores["registration"].now.n
        process, cause = self.rng.choice(here), Cause.first(key)
        try:
            async with asyncio.timeout(4.0):
                answer: tuple[str, Answer] = ("done", await process.engine.desk.do(command, cause))
        except TimeoutError:
            return None
        except TryAgain:
            if not set(self.faults) - {"twins", "answers", "poison"}:
                self.broken.append("4: told to come again on a calm day")
            return None
        except OtherPayload:
            answer = ("other", None)
        except Refusal as refusal:
            answer = ("refused", refusal.slug)
            if not self.restored:
                self.refusals.append(Refused(first, store.now.n, command, cause))
        except Bug:
            return None
        return None if self.fault("answers", 0.15) else answer

    async def _operator(self) -> None:
        """Replays what is parked: now and then during the storm; after the fix, everything."""
        while True:
            await asyncio.sleep(2.0 if self.faulty else 0.5)
            for room in ROOMS:
                for id in list(self.stores[room].docs(Parked)) if self.processes[room] else ():
                    if not self.faulty or self.rng.random() < 0.3:
                        for process in list(self.processes[room]):
                            asyncio.create_task(_quietly(process.engine.desk.replay(id)))


async def _quietly(replay: Coroutine[Any, Any, Answer]) -> None:
    try:
        async with asyncio.timeout(20):
            await replay
    except (Refusal, Bug, TimeoutError, Down):
        pass


def _note_process(loop: asyncio.AbstractEventLoop, coro: Any, context: Any = None) -> asyncio.Task[Any]:
    task = asyncio.Task(coro, loop=loop, context=context)
    process = context.get(PROCESS) if context is not None else PROCESS.get()
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(lambda task: process.tasks.pop(task, None))
        if not process.alive:
            task.cancel()
    return task


def _is_fact(kind: type[Any]) -> bool:
    return issubclass(kind, small.About | small.Allotted)


def _other(command: Command) -> Command:
    """The same, but not quite."""
    name, value = next(iter(command.model_dump().items()))
    return command.model_copy(update={name: value + 1 if isinstance(value, int) else f"{value}!"})


def _step(command: Command) -> str:
    [step] = small.A_STEPS.of(type(command).__name__)
    return step.__name__
