"""Those who speak at NEC 2018: asked by mail, they answer by its link."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import httpx

from colloque_embedded.story.figures import every_mail
from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.nec18 import EDITION, Nec18
from colloque_embedded.story.organiser import Organiser
from colloque_embedded.story.rest import rest
from colloque_embedded.story.visitor import Visitor, street


class Speakers:
    """`person`: how the house calls them, by how the data do."""

    def __init__(self, organiser: Organiser, inbox: Inbox, data: Nec18, person: Mapping[str, str]) -> None:
        self._organiser, self._inbox, self._data, self._person = organiser, inbox, data, person

    async def invite(self) -> int:
        """Everybody at once; how many are asked."""
        asked = await self._organiser.post(f"/api/editions/{EDITION}/invitations")
        await rest(self._organiser.client)
        return int(asked["invited"])

    async def answer(self) -> dict[str, int]:
        """Each by the links of their own mails, in their own language; how many have said what."""
        said: dict[str, list[tuple[Mail, str]]] = defaultdict(list)
        invitations = await self._invitations()
        for one in self._data.speaking:
            if one["state"] in ("confirmed", "declined"):
                id = f"{EDITION}/{one['session']}.{self._person[one['person']]}.{one['role']}"
                said[one["person"]].append((invitations[id], one["state"]))
        road = street(8)
        try:
            await asyncio.gather(*(self._one_answers(person, answers, road) for person, answers in said.items()))
        finally:
            await road.aclose()
        await rest(self._organiser.client)
        told = [answer for answers in said.values() for _, answer in answers]
        return {answer: told.count(answer) for answer in sorted(set(told))}

    async def _invitations(self) -> dict[str, Mail]:
        """Assignment → the mail that asks."""
        known = await every_mail(self._organiser)
        arrived = await self._inbox.all()
        asks = {mail.id: mail for mail in arrived if known.get(mail.id, {}).get("template") == "speaker_invited"}
        return {known[id]["about"]: mail for id, mail in asks.items()}

    async def _one_answers(self, person: str, answers: list[tuple[Mail, str]], road: httpx.AsyncHTTPTransport) -> None:
        visitor = Visitor(str(self._organiser.client.base_url), road, self._data.people[person]["locale"])
        for mail, answer in answers:
            page = await visitor.get(mail.link("invitation"))
            await visitor.send(page, "answer", answer=answer)
