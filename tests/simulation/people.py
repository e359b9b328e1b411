"""People outside, who keep one key and try until there is an answer; and the operator, who replays what is parked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloque.runtime.desk import Bug, Cause
from colloque.runtime.parked import DropParked, Parked
from colloque.runtime.refusal import OtherPayload, Refusal, TryAgain
from colloque.runtime.store.port import Down
from colloque.runtime.work import Answer, Command, Timer
from tests.simulation.process import DAWN
from tests.simulation.rooms import A_STEPS, words

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Refused:
    """Somebody was told no, between these numbers of lines."""

    first: int
    last: int
    command: Command
    cause: Cause


class People:
    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng
        self.told: dict[tuple[str, str], list[tuple[str, Answer]]] = {}
        self.twice: set[str] = set()
        self.refusals: list[Refused] = []
        self.waiting = 0
        self._regs = ["none"]

    def come(self) -> None:
        rng, calm = self.rng, self.world.calm
        rush = [rng.random() * 8 for _ in range(4)]
        crowded = calm or not {"crowd", "rush"}.isdisjoint(self.world.faults)
        for i in range(rng.randint(14, 26) * (3 if crowded else 1)):
            self._visitor(rng.choice(rush) + rng.random() * rng.choice((0.05, 1.0)), f"k{i}")
        last = [self.world.storm] if "restore" in self.world.faults else []  # whoever was restored away is there again
        for when in (rng.random() * 6, *last):
            for i in range(4):
                self._visitor(when, f"c{i}@{when:.0f}", words.ChangeContact(person=f"p{i}", erase=False))

    def _visitor(self, when: float, key: str, command: Command | None = None) -> None:
        self.waiting += 1
        self.world.spawn(self._visit(when, key, command))

    def _wish(self) -> Command:
        rng, edition, person = self.rng, f"e{self.rng.randrange(2)}", f"p{self.rng.randrange(4)}"
        if "crowd" in self.world.faults:
            return words.ChangeContact(person="p0", erase=False)
        if "rush" in self.world.faults:
            return words.MakeBadge(name=f"b{rng.randrange(3)}")
        reg = rng.choice(self._regs[-6:])
        wishes: list[Command] = [words.Register(edition=edition, person=person)] * 4
        wishes += [words.Cancel(reg=reg)] * 2
        wishes += [words.Accept(reg=reg), words.Extend(reg=reg), words.Extend(reg=reg), words.Sweep(left=2)]
        wishes += [words.MakeBadge(name=f"b{rng.randrange(3)}"), words.Close(edition=edition)]
        wishes += [words.ChangeContact(person=person, erase=rng.random() < 0.2)] * 4
        if "garbage" in self.world.faults:
            wishes += [words.Misspeak(edition=edition)]
        return rng.choice(wishes)

    async def _visit(self, when: float, key: str, command: Command | None) -> None:
        """Some press the button twice."""
        world = self.world
        await asyncio.sleep(max(0.0, when - world.loop.now))
        if command is None:
            command = self._wish()
            if isinstance(command, words.Accept | words.Extend):
                command = await self._at_the_last_moment(command)
        if key not in self.twice and world.fault("twins", 0.3):
            self.twice.add(key)
            self._visitor(world.loop.now + self.rng.random() * 0.05, key, command)
        while not (answer := await self._call(key, command)):
            await asyncio.sleep(0.2 + self.rng.random() * 0.5)
        world.log("told", key, command, *answer)
        self.told.setdefault((key, type(command).__name__), []).append(answer)
        if isinstance(command, words.Register) and answer[0] == "done" and isinstance(answer[1], list):
            self._regs.append(answer[1][0])
        if answer[0] == "done" and world.fault("answers", 0.2):
            await self._come_with_another(key, command)
        self.waiting -= 1

    async def _come_with_another(self, key: str, command: Command) -> None:
        [step] = A_STEPS.of(type(command).__name__)
        name, value = next(iter(command.model_dump().items()))
        other = command.model_copy(update={name: value + 1 if isinstance(value, int) else f"{value}!"})
        answer = await self._call(key, other)
        if answer and answer[0] != "other" and f"{key}/{step.__name__}" not in self.world.lost:
            self.world.broken.append("1: a key with another payload was answered as if it were the same")

    async def _at_the_last_moment(self, command: words.OnReg) -> Command:
        """Before, or just after, an offer runs out."""
        timers = self.world.stores["registration"].docs(Timer).values()
        if offers := [timer for timer in timers if timer.command == "Expire"]:
            timer = self.rng.choice(offers)
            at = (timer.at - DAWN).total_seconds()
            await asyncio.sleep(max(0.0, at - self.world.loop.now + self.rng.random() * 0.4 - 0.1))
            return command.model_copy(update={"reg": timer.body["reg"]})
        return command

    async def _call(self, key: str, command: Command) -> tuple[str, Answer] | None:
        """None: no answer, whatever became of it."""
        world = self.world
        here = world.processes["registration"]
        if not here:
            return None
        store, first = world.stores["registration"], world.stores["registration"].now.n
        process, cause = self.rng.choice(here), Cause.first(key)
        try:
            async with asyncio.timeout(4.0):
                answer: tuple[str, Answer] = ("done", await process.engine.desk.do(command, cause))
        except (TimeoutError, Bug):
            return None
        except TryAgain:
            if not set(world.faults) - {"twins", "answers", "poison", "rush"}:
                world.broken.append("4: told to come again on a calm day")
            return None
        except OtherPayload:
            answer = ("other", None)
        except Refusal as refusal:
            answer = ("refused", refusal.slug)
            if not world.restored:
                self.refusals.append(Refused(first, store.now.n, command, cause))
        return None if world.fault("answers", 0.15) else answer

    # ---- the operator
    async def operate(self) -> None:
        """Replays what is parked, and drops what nobody can read: now and then during the storm; after the fix,
        everything."""
        world = self.world
        while True:
            await asyncio.sleep(2.0 if world.faulty else 0.5)
            for room, store in world.stores.items():
                for parked in list(store.docs(Parked).values()) if world.processes[room] else ():
                    if not world.faulty or self.rng.random() < 0.3:
                        for process in list(world.processes[room]):
                            desk, head = process.engine.desk, parked.queue[0]
                            if head.error == "malformed":
                                drop = DropParked(parked=parked.id, cause=head.cause, why="nobody can read it")
                                world.spawn(_quietly(desk.do(drop, Cause.first(f"drop {head.cause}"))))
                            else:
                                world.spawn(_quietly(desk.replay(parked.id)))


async def _quietly(doing: Coroutine[Any, Any, Answer]) -> None:
    try:
        async with asyncio.timeout(20):
            await doing
    except (Refusal, Bug, TimeoutError, Down):
        pass
