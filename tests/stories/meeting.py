"""A small meeting that an organiser adds to a house that stands: what NEC 2018 has no room for is told there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from colloque_embedded.story import Mail, Page, Visitor
from tests.stories.houses import News, OpenHouse, eventually

DAY = "2018-07-12"
HOURS = {"matin": ("10:00", "11:00"), "midi": ("12:00", "13:00"), "soir": ("17:00", "18:00")}


class Meeting:
    """Its people are called by one name."""

    def __init__(self, here: OpenHouse, id: str, day: str = DAY) -> None:
        self.here, self.id, self.day = here, id, day
        self.people: dict[str, str] = {}
        """How the house calls those who are to speak."""

    async def begin(self, capacity: int, speakers: Iterable[tuple[str, str, str]] = ()) -> Meeting:
        """Announced, released and open: a session in the morning, one at noon, one in the evening. `speakers`: the
        name, the session and the language of those who are to speak; nobody has been asked."""
        whole = {
            "id": self.id,
            "series": "nec",
            "code": self.id,
            "title": {"fr": f"Rencontre {self.id}", "en": f"Meeting {self.id}"},
            "starts_on": self.day,
            "ends_on": self.day,
            "venue": {"name": "Maison des associations", "municipality": "Rezé"},
            "capacity": capacity,
            "contact_email": "contact@colloque.example",
        }
        await self.here.organiser.post("/api/editions", whole)
        await self.post("rooms", {"id": "salle", "name": "Grande salle", "capacity": 50})
        for session, (starts, ends) in HOURS.items():
            plan = {
                "id": session,
                "title": {"fr": f"Session {session}", "en": f"Session {session}"},
                "format": "plenary",
                "room": "salle",
                "slot": {"starts_at": f"{self.day}T{starts}", "ends_at": f"{self.day}T{ends}"},
                "seats": 20,
                "booking": "open",
            }
            await self.post("sessions", plan)
        for speaker in speakers:
            await self._assign(*speaker)
        await self.post("announce")
        await self.post("releases", {"n": 1})
        await self.post("open")
        await self.here.all_is_read()
        return self

    async def get(self, path: str, **asked: Any) -> Any:
        return await self.here.organiser.get(f"/api/editions/{self.id}/{path}", **asked)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.here.organiser.post(f"/api/editions/{self.id}/{path}", body)

    async def news(self) -> News:
        return await self.here.news(self.id)

    def mailbox(self, name: str) -> str:
        return f"{name}.{self.id}@example.org".lower()

    async def last_mail(self, name: str, purpose: str) -> Mail:
        """The last that leads there."""
        return [mail for mail in await self.here.inbox.to(self.mailbox(name)) if mail.links_for(purpose)][-1]

    async def asks_to_come(self, name: str, locale: str = "fr") -> tuple[Visitor, Page]:
        """The form is sent; what they see behind the link of the mail that comes of it."""
        visitor = self.here.visitor(locale)
        form = await visitor.get(f"/{locale}/{self.id}/register")
        await visitor.send(form, "given", given=name, family="Venue", email=self.mailbox(name))
        asked = await self.here.inbox.arrival(self.mailbox(name), like=lambda mail: bool(mail.links_for("confirm")))
        return visitor, await visitor.get(asked.link("confirm"))

    async def comes(self, name: str, locale: str = "fr") -> Page:
        """« My registration », once they have clicked."""
        visitor, page = await self.asks_to_come(name, locale)
        return await visitor.send(page)

    async def my_page(self, name: str) -> Page:
        mail = await self.last_mail(name, "registration")
        return await self.here.visitor(mail.locale).get(mail.link("registration"))

    async def cancels(self, name: str) -> Page:
        """Or leaves the line."""
        visitor = self.here.visitor()
        asked = await visitor.get((await self.last_mail(name, "cancel")).link("cancel"))
        return await visitor.send(asked)

    async def has(self, *, confirmed: int, kept: int, waiting: int) -> None:
        """`kept`: places that are offered, or free and for those who wait."""
        await eventually(self._places, (confirmed, kept, waiting))

    async def _places(self) -> tuple[int, int, int]:
        seats = await self.get("seats")
        return seats["confirmed"], seats["held"], seats["waitlisted"]

    async def _assign(self, name: str, session: str, locale: str) -> None:
        email = self.mailbox(name)
        told = {"external_id": email, "given": name, "family": "Oratrice", "email": email, "locale": locale}
        self.people[name] = (await self.here.organiser.post("/api/people", told))["person"]
        await self.post("assignments", {"session": session, "person": self.people[name], "role": "speaker"})
