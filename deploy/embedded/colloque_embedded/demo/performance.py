"""From an empty folder to a full conference, or from a full one to the proof that it still is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from colloque_embedded.demo import record
from colloque_embedded.demo.telling import Teller
from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers import Folder, Ports
from colloque_embedded.story.afterwards import Afterwards
from colloque_embedded.story.figures import (
    Registers,
    awaited,
    awaited_at_the_end,
    counted,
    counted_at_the_end,
    differences,
    registers,
)
from colloque_embedded.story.inbox import Inbox
from colloque_embedded.story.nec18 import EDITION, Nec18
from colloque_embedded.story.organiser import Organiser, sign_up
from colloque_embedded.story.play import BEGINS, Play, Watch, WentWrong
from colloque_embedded.story.process import HouseProcess
from colloque_embedded.story.rest import rest

IN_A_HURRY = {"COLLOQUE_MIN_FILL_SECONDS": "0", "COLLOQUE_FORM_BURST": "0", "COLLOQUE_API_BURST": "0"}
"""853 people at one address who fill a form in no time: the guards that would stop them are told so."""


class Stopped(HouseRefusal):
    """The house did not outlive the demo."""


class Performance:
    def __init__(self, folder: Path, port: int, tell: Teller) -> None:
        self.folder, self.port, self.tell = folder.resolve(), port, tell
        self.over = self._stays = False
        self.data = Nec18()

    async def run(self, *, stays: bool) -> None:
        known, self._stays = self._look(), stays
        house = HouseProcess(self.folder, self.port, at=None if known else BEGINS, settings=IN_A_HURRY)
        self.tell.line(
            "Numérique en Commun[s] 2018, played from outside: the API, the public form, the links in the mails."
        )
        try:
            house.start()
            took = await house.ready(tell=lambda s: self.tell.passing(f"the house starts ({s:.0f} s)"))
            self.tell.step(f"the house stands: four rooms, a broker, a database, a mail sink ({took:.1f} s)")
            if known is None:
                known = await self._play(house)
            else:
                known = await self._verify(house, known)
            self.over = True
            if stays:
                self._directions(house, known)
                await self._stay(house)
        finally:
            await house.stop()

    @property
    def farewell(self) -> str:
        if not self._stays:
            return "Stopped in the middle of the play; nothing of it is kept."
        if self.over:
            return "The house is closed. Its data stay: the same command finds them again."
        return f"Stopped in the middle of the play. To begin again: {self._afresh}"

    # ----
    def _look(self) -> record.Record | None:
        """What the folder holds; refuses what a demo must not touch."""
        folder = Folder(self.folder)
        folder.take()
        folder.leave()
        Ports.after(self.port).need()
        known = record.read(self.folder)
        if known is None and any((self.folder / "database").iterdir()):
            raise HouseRefusal(
                f"The folder {self.folder} holds another house, or a demo that was stopped before it began: start that "
                f"house with `make run`, or choose another folder with COLLOQUE_EMBEDDED_DATA=PATH, or {self._afresh}"
            )
        if known is not None and not known.over:
            raise HouseRefusal(
                f"The folder {self.folder} holds half a play, stopped before its end: look at it with `make run`, or "
                f"begin again with {self._afresh}"
            )
        return known

    @property
    def _afresh(self) -> str:
        return f"`rm -r {self.folder}` and the same command."

    async def _play(self, house: HouseProcess) -> record.Record:
        told = self.data.organiser
        organiser = await sign_up(house, told["given"], told["family"], told["email"])
        known = record.Record(organiser.token, organiser.email)
        record.keep(self.folder, known)
        self.tell.step(f"{told['given']} {told['family']} owns the house and has a token for its API")
        async with self._at(organiser) as inbox:
            play = Play(organiser, inbox, self.data, Watch(self.tell.step, self.tell.moment))
            await play.prepare()
            played = await play.fill()
            found = await registers(organiser, inbox, self.data)
            self._account(found, f"in {played.seconds:.0f} s")
            if wrong := differences(counted(found, self.data), awaited(self.data)):
                raise WentWrong("; ".join(wrong))
            self.tell.step(
                "all figures are those of an independent replay: places, seats, ranks, mails by kind and language"
            )
            await Afterwards(play, organiser, inbox, self.data, Watch(self.tell.step)).live()
            found = await registers(organiser, inbox, self.data)
            self._account(found, "in the end")
            if wrong := differences(counted_at_the_end(found, self.data), awaited_at_the_end(self.data)):
                raise WentWrong("; ".join(wrong))
            self.tell.step("and so they are after the last release: who was offered a place, who was told what")
            first = found.registration_of["r0001"]["id"]
            await self._trace_is_whole(organiser, first)
        known = replace(known, over=True, seconds=played.seconds, first=first)
        record.keep(self.folder, known)
        return known

    async def _verify(self, house: HouseProcess, known: record.Record) -> record.Record:
        organiser = await Organiser(house.url, known.token, known.email).known()
        async with self._at(organiser) as inbox:
            await rest(organiser.client)
            found = await registers(organiser, inbox, self.data)
            self._account(found, "as found")
            if moved := differences(counted_at_the_end(found, self.data), awaited_at_the_end(self.data)):
                self.tell.step(
                    f"since the play, somebody has been here: {len(moved)} figures have moved ({moved[0]} …)"
                )
            else:
                self.tell.step("all figures are still those of the play")
            await self._trace_is_whole(organiser, known.first)
        return known

    def _account(self, found: Registers, how: str) -> None:
        seats = found.seats
        self.tell.step(
            f"{len(found.registrations)} people registered, {seats['confirmed']} confirmed, {seats['waitlisted']} on "
            f"the waiting list, {seats['cancelled']} cancelled, {len(found.arrived)} mails {how}"
        )

    async def _trace_is_whole(self, organiser: Organiser, registration: str) -> None:
        trace = await organiser.get(f"/api/traces/{registration}")
        chain = trace["chain"]
        if not trace["complete"] or not chain["mails"]:
            raise WentWrong(f"the trace of {registration} lacks {chain['missing']}")
        self.tell.step(
            f"the trace of the first of them: {chain['done']} steps done, {len(chain['mails'])} mails, nothing missing"
        )

    def _directions(self, house: HouseProcess, known: record.Record) -> None:
        url = house.url
        for line in (
            "",
            f"  Public site    {url}/fr/{EDITION}",
            f"  Console        {url}/console/{EDITION}   (sign in as {known.email}: the link arrives in the mails)",
            f"  Mails          {url}/dev/mail",
            f"  One trace      {url}/console/{EDITION}/traces/{known.first}   (Nadia Benali, who came first)",
            f"  API            {url}/api/openapi.json   (a token is in {self.folder / 'demo.json'})",
            "",
            "  Ctrl-C stops everything. The same command finds these data again.",
        ):
            self.tell.line(line)

    async def _stay(self, house: HouseProcess) -> None:
        await house.ended()
        raise Stopped(f"The house has ended by itself: its log is {house.log}.")

    @asynccontextmanager
    async def _at(self, organiser: Organiser) -> AsyncIterator[Inbox]:
        try:
            yield Inbox(organiser.client)
        finally:
            await organiser.leave()
