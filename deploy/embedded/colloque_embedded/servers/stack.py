"""The three programs together."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Self

from colloque_embedded.faults import Faults
from colloque_embedded.mailbox import Mailbox
from colloque_embedded.servers.broker import broker
from colloque_embedded.servers.child import Child
from colloque_embedded.servers.database import database, mongodb_address
from colloque_embedded.servers.folder import Folder
from colloque_embedded.servers.ports import HOST, Ports

log = logging.getLogger(__name__)


class Servers:
    """`async with Servers(Folder(path), Ports.free()) as servers`: all three answer; afterwards all three are gone."""

    def __init__(self, folder: Folder, ports: Ports, *, database_program: Path | None = None) -> None:
        self.folder, self.ports = folder, ports
        self.mongodb = mongodb_address(ports.database)
        self.kafka = f"{HOST}:{ports.broker}"
        self.smtp = f"smtp://{HOST}:{ports.smtp}"
        self._database_program = database_program

    async def start(self) -> None:
        self.folder.take()
        try:
            self.database = database(self.folder, self.ports.database, self._database_program)
            self.broker = broker(self.folder, self.ports.broker)
            self.sink = sink(self.folder, self.ports)
            for child in self.children:
                child.end_leftover()
            self.ports.need()
            await self._start_all()
        except BaseException:
            self.folder.leave()
            raise
        self.mailbox = Mailbox(mailbox_path(self.folder))
        self.faults = Faults(self.ports.faults)

    @property
    def children(self) -> tuple[Child, ...]:
        return (self.database, self.broker, self.sink)

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self.children))
        self.folder.leave()

    async def supervise(self, every: float = 0.5) -> None:
        """Start again what ended without being asked to. Runs until it is cancelled."""
        while True:
            await asyncio.sleep(every)
            for child in self.children:
                if child.wanted and not child.alive:
                    log.error("%s ended by itself and is started again", child.name)
                    await child.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _start_all(self) -> None:
        for child in self.children:
            child.launch()
        heard = await asyncio.gather(*(child.ready() for child in self.children), return_exceptions=True)
        trouble = next((answer for answer in heard if answer is not None), None)
        if trouble is not None:
            await asyncio.gather(*(child.stop(within=2) for child in self.children))
            raise trouble


def sink(folder: Folder, ports: Ports) -> Child:
    command = (
        *(sys.executable, "-m", "colloque_embedded.sink"),
        *("--smtp", str(ports.smtp), "--faults", str(ports.faults), "--mailbox", mailbox_path(folder)),
    )
    return Child("sink", command, folder, port=ports.smtp, heard=b"listening")


def mailbox_path(folder: Folder) -> Path:
    return folder / "mail" / "received"
