"""A wire to a server that can be cut in the middle of a sentence."""

from __future__ import annotations

import asyncio
from typing import Literal, Self

When = Literal["before", "after"]


class Wire:
    """`async with Wire(port) as wire`: what connects to `wire.port` speaks to the server. `cut(words, when)` breaks
    every connection as soon as somebody says these words, before or after the server has heard and answered them, and
    lets nobody through until `mend()`."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._words: bytes | None = None
        self._when: When = "before"
        self._open = asyncio.Event()
        self._open.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self.cuts = 0

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._through, "127.0.0.1", 0)
        self.port: int = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        self._break()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._listening.wait_closed()

    def cut(self, words: bytes, when: When) -> None:
        self._words, self._when = words, when

    def mend(self) -> None:
        self._words = None
        self._open.set()

    def _break(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open.is_set():
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._server)
        self._ends |= {writer, back}
        said = asyncio.Event()
        for talk in (self._ask(reader, back, said), self._answer(there, writer, said)):
            task = asyncio.create_task(talk)
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)

    async def _ask(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, said: asyncio.Event) -> None:
        try:
            while heard := await reader.read(1 << 16):
                if self._words is not None and self._words in heard:
                    self.cuts += 1
                    self._open.clear()
                    if self._when == "before":
                        self._break()
                        return
                    said.set()
                server.write(heard)
        except ConnectionError:
            pass
        finally:
            server.close()

    async def _answer(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter, said: asyncio.Event) -> None:
        try:
            while heard := await server.read(1 << 16):
                if said.is_set():
                    self._break()
                    return
                writer.write(heard)
        except ConnectionError:
            pass
        finally:
            writer.close()
