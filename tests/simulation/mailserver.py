"""The mail server in a storm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloque.runtime.mailer.memory import MemoryMailer, Taken
from colloque.runtime.mailer.port import Deferred, Failed, Outcome
from tests.simulation.rooms import words

if TYPE_CHECKING:
    from tests.simulation.process import Process

SENDING = 3.0


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
    end: float = 0.0
    accepted: bool = False
    lost: bool = False


class StormMailer(MemoryMailer):
    """250, 4xx, 5xx, or the connection is lost before or after the 250."""

    def __init__(self, process: Process) -> None:
        super().__init__(limit=SENDING)
        self.process, self.world = process, process.world

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        world, store = self.world, self.world.stores["notifications"]
        letter = store.docs(words.Letter)[message.decode()]
        postman = self.process.engine.postman
        assert postman is not None
        until = world.loop.now + postman.lease.left
        sending = Sending(letter.id, letter.lane, letter.revision, self.process, world.loop.now, until, store.life)
        world.sends.append(sending)
        await asyncio.sleep(world.rng.random() * 1.7 if world.fault("smtp", 0.5) else world.lag())
        try:
            return await self._answer(sending, sender, recipient, message)
        finally:
            sending.end = world.loop.now

    async def _answer(self, sending: Sending, sender: str, recipient: str, message: bytes) -> Outcome:
        world = self.world
        if world.fault("smtp", 0.2):
            no: Sequence[Outcome] = (Deferred(451, ""), Deferred(0, ""), Failed(550, ""))
            return world.rng.choice(no)
        sending.accepted = True
        await asyncio.sleep(world.lag())
        sending.lost = world.fault("smtp", 0.1)
        return Deferred(0, "") if sending.lost else await super().send(sender, recipient, message)

    async def _reach(self, taken: Taken) -> Outcome | None:  # noqa: ARG002 - asked before, above
        return None
