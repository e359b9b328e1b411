"""A mail server in memory, for tests and the simulation."""

from __future__ import annotations

from typing import NamedTuple

from colloque.runtime.mailer.port import Outcome, Sent


class Taken(NamedTuple):
    sender: str
    recipient: str
    message: bytes


class MemoryMailer:
    """`answers`: recipient → what the server says of it from now on; `mutters`: what is heard in place of Sent once it
    has the message. A subclass may delay or crash in `_reach` (before the server has it) and `_leave` (after)."""

    def __init__(self, limit: float = 3.0) -> None:
        self.limit = limit
        self.box: list[Taken] = []
        self.answers: dict[str, Outcome] = {}
        self.mutters: dict[str, Outcome] = {}

    async def _reach(self, taken: Taken) -> Outcome | None:
        return self.answers.get(taken.recipient)

    async def _leave(self, taken: Taken) -> Outcome | None:
        return self.mutters.get(taken.recipient)

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        taken = Taken(sender, recipient, message)
        if (refused := await self._reach(taken)) is not None:
            return refused
        self.box.append(taken)
        return await self._leave(taken) or Sent()

    async def close(self) -> None:
        pass
