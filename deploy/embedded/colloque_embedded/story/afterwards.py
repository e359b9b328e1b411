"""NEC 2018 once it is full: two people cancel, the places find their takers, the programme changes a last time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colloque_embedded.story.figures import differences
from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION, Nec18, Row, wall
from colloque_embedded.story.organiser import Organiser
from colloque_embedded.story.play import Play, Watch, WentWrong
from colloque_embedded.story.rest import rest
from colloque_embedded.story.visitor import Visitor

API = f"/api/editions/{EDITION}"


class Afterwards:
    def __init__(self, play: Play, organiser: Organiser, inbox: Inbox, data: Nec18, watch: Watch | None = None) -> None:
        self._play, self._organiser, self._inbox, self._data = play, organiser, inbox, data
        self._tell = (watch or Watch()).step
        self._visitors: list[Visitor] = []

    async def live(self) -> None:
        try:
            await self._places_find_their_takers()
            await self._the_programme_changes()
            await self._at("2018-09-12T20:00")  # registration closes by itself
        finally:
            for visitor in self._visitors:
                await visitor.leave()

    # ---- the waiting list
    async def _places_find_their_takers(self) -> None:
        await self._at("2018-09-08T10:00")
        await self._cancels("r0002")
        await self._checked("cancel r0002")
        await self._at("2018-09-09T18:30")
        await self._accepts("r0851")
        await self._checked("accept_offer r0851")
        await self._at("2018-09-09T21:15")
        await self._cancels("r0100")
        await self._checked("cancel r0100")
        silent = self._row("r0852")
        offer = await self._offer_to(silent)
        await self._at("2018-09-11T21:16")  # the clock went on while r0100 cancelled
        await self._checked("expire r0852")
        await self._inbox.arrival(silent.mailbox, after=offer.n)
        await self._at("2018-09-12T07:50")
        await self._accepts("r0853")
        await self._checked("accept_offer r0853")
        self._tell("two cancel: the first in line accepts, the second stays silent for 48 h, the third takes the place")

    async def _cancels(self, id: str) -> None:
        row, visitor = self._row(id), self._visitor(id)
        told = [mail for mail in await self._inbox.to(row.mailbox) if mail.links_for("cancel")][-1]
        asked = await visitor.get(told.link("cancel"))
        await visitor.send(asked)
        await rest(self._organiser.client)

    async def _accepts(self, id: str) -> None:
        offer = await self._offer_to(self._row(id))
        visitor = self._visitor(id)
        asked = await visitor.get(offer.link("offer"))
        await visitor.send(asked, "answer", answer="accept")
        await rest(self._organiser.client)

    async def _offer_to(self, row: Row) -> Mail:
        return await self._inbox.arrival(row.mailbox, like=lambda mail: bool(mail.links_for("offer")))

    async def _checked(self, after: str) -> None:
        if wrong := differences(await places(self._organiser), checkpoint(self._data, after)):
            raise WentWrong(f"after « {after} »: {'; '.join(wrong)}")

    # ---- release 2
    async def _the_programme_changes(self) -> None:
        await self._at("2018-09-12T14:00")
        for path, body in self._data.changes:
            await self._organiser.post(f"{API}/sessions/{path}", body)
        next_one = await self._organiser.get(f"{API}/releases/next")
        preview = await self._organiser.post(f"{API}/agenda/preview", next_one["diff"])
        if wrong := differences(*promised(preview, self._data)):
            raise WentWrong(f"the dry run of release 2: {'; '.join(wrong)}")
        told, clash = preview["told"], preview["clash"]
        self._tell(f"a dry run says whom version 2 would tell: {told} people, of whom {clash} would be in two places")
        await self._organiser.post(f"{API}/releases", {"n": 2})
        await rest(self._organiser.client, within=120)
        await self._inbox.all()
        self._tell("version 2 is released, and everybody whom it concerns is told, nobody else")

    # ----
    async def _at(self, when: str) -> None:
        await self._play.move_clock(wall(when))
        await rest(self._organiser.client)

    def _row(self, id: str) -> Row:
        return self._data.rows[id]

    def _visitor(self, id: str) -> Visitor:
        self._visitors.append(Visitor(str(self._organiser.client.base_url), None, self._row(id).locale))
        return self._visitors[-1]


async def places(organiser: Organiser) -> dict[str, int]:
    """Who holds what of them."""
    seats = await organiser.get(f"{API}/seats")
    return {name: seats[name] for name in ("confirmed", "waitlisted", "places_left")} | {"offered": seats["held"]}


def checkpoint(data: Nec18, after: str) -> dict[str, int]:
    """The places as an independent replay has them at that moment."""
    wanted = next(one for one in data.expected["checkpoints"] if one["after"] == after)
    return {name: wanted[name] for name in ("confirmed", "waitlisted", "places_left", "offered")}


def promised(preview: Mapping[str, Any], data: Nec18) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the dry run says, and what an independent replay does."""
    known = data.expected["release_2"]
    wanted = {
        "told": known["attendees_told"],
        "by_session": known["by_session"],
        "by_number_of_changes": {str(n): count for n, count in known["by_number_of_changes"].items()},
        "bookings_updated": known["bookings_updated"],
        "bookings_released": known["bookings_released"],
        "clash": known["clash"],
        "clash_by_pair": known["clash_by_pair"],
    }
    return {name: preview[name] for name in wanted}, wanted
