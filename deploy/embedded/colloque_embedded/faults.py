"""How the mail sink misbehaves when it is asked to, as real servers do unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

HOST = "127.0.0.1"

How = Literal["refuse", "stall", "close", "take_and_close"]


@dataclass(frozen=True)
class Fault:
    """`refuse` a recipient (or, `when="data"`, the whole mail) with `reply`; `stall` for so many seconds before
    answering; `close` the connection in mid-message; `take_and_close`: keep the mail and close without the 250."""

    how: How
    to: str = ""
    """Part of the recipient's address; empty: everybody."""
    reply: str = "451 4.3.0 Try again later"
    when: Literal["rcpt", "data"] = "rcpt"
    seconds: float = 3600.0
    times: int | None = None
    """How often; without it until cleared."""


class Faults:
    """The sink's orders, given from another process."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def set(self, *faults: Fault) -> None:
        """These and no others."""
        await self._ask({"set": [asdict(fault) for fault in faults]})

    async def clear(self) -> None:
        await self.set()

    async def met(self) -> list[int]:
        """How often each of those that are set was met."""
        answer: list[int] = (await self._ask({}))["met"]
        return answer

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        reader, writer = await asyncio.open_connection(HOST, self._port)
        try:
            writer.write(orjson.dumps(order) + b"\n")
            answer: dict[str, Any] = orjson.loads(await reader.readline())
        finally:
            writer.close()
            await writer.wait_closed()
        return answer


class Orders:
    """The same, on the sink's side."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._met: list[int] = []

    def meet(self, recipients: Sequence[str], *hows: How, when: str | None = None) -> Fault | None:
        """The first fault that applies, counted as met."""
        for place, fault in enumerate(self._faults):
            if fault.how not in hows or (when is not None and fault.when != when):
                continue
            if fault.times is not None and self._met[place] >= fault.times:
                continue
            if any(fault.to.lower() in name.lower() for name in recipients):
                self._met[place] += 1
                return fault
        return None

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = orjson.loads(line)
            if "set" in order:
                self._faults = [Fault(**fault) for fault in order["set"]]
                self._met = [0] * len(self._faults)
            writer.write(orjson.dumps({"met": self._met}) + b"\n")
        writer.close()
