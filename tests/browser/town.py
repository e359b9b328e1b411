"""A house in which everything that has a page has happened, as people outside made it happen."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx

from colloque_embedded.faults import Faults
from colloque_embedded.story import HouseProcess, Inbox, Mail, Page, Visitor, rest, sign_up
from colloque_embedded.story.nec18 import EDITION, Nec18, Row, wall
from colloque_embedded.story.play import Play, slots
from colloque_embedded.story.visitor import plain
from tests.browser import shaken

BEGINS = wall("2018-06-04T09:00")
SETTINGS = {"COLLOQUE_MIN_FILL_SECONDS": "0", "COLLOQUE_FORM_BURST": "0", "COLLOQUE_API_BURST": "0"}

COLLEAGUE = "omar.diop@example.org"
ODD = [
    ("Kenji", "佐藤 健二", "kenji@example.org", "en"),
    ("Mame-Diarra Marie-Bernadette", "de La Rochefoucauld-Ndiaye van den Berghe", "m.d@example.org", "fr"),
    ("Øystein", "Ångström", "oystein@example.org", "en"),
    ("محمد", "بن علي", "mohamed@example.org", "fr"),
    ("Zoé", "O’Brien & <Fils>", "zoe@example.org", "fr"),
    (
        "Bo",
        "Ly",
        "une.adresse.tres.longue.et.sans.espace.du.tout@sous-domaine.collectivites-territoriales.example.org",
        "fr",
    ),
]


class Town:
    """`pages`: name → path of everything there is to look at; `console`: those that need the organiser's cookie."""

    def __init__(self, house: HouseProcess) -> None:
        self.house = house
        self.data = Nec18()
        self.pages: dict[str, str] = {}
        self.console: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.colleague: dict[str, str] = {}
        """The cookies of somebody else who prepares the same programme."""
        self.colliding: list[str] = []
        """Pages of people of whom two sessions collide."""

    async def settle(self) -> Town:
        self.organiser = await sign_up(self.house, "Léa", "Martin", self.data.organiser["email"])
        async with httpx.AsyncClient(base_url=self.house.url, timeout=60) as client:
            self.inbox, self._client = Inbox(client), client
            await self._small_editions()
            await Play(self.organiser, self.inbox, self.data).prepare()
            await self._states()
            await self._full_edition()
            await self._shaken_edition()
            await self._people()
            await self._second_version()
            await rest(client)
            await self._name_pages()
            await self._name_console()
        await self.organiser.leave()
        return self

    # ---- editions
    async def _edition(self, id: str, code: str, starts: str, ends: str, **more: Any) -> str:
        own = {"id": id, "series": "autres", "code": code, "title": {"fr": f"Numérique en Commun[s] {code}"}}
        bare: dict[str, Any] = {"ordinal": None, "opens_at": None, "closes_at": None, "first_time_question": {}}
        body = {**self.data.edition, **own, **bare, "starts_on": starts, "ends_on": ends, **more}
        await self.organiser.post("/api/editions", body)
        await self.organiser.post(f"/api/editions/{id}/announce")
        return f"/api/editions/{id}"

    async def _small_editions(self) -> None:
        """Those that will be over, or under way, when the clock has moved to the opening of NEC18."""
        await self.organiser.post("/api/series", {"id": "autres", "name": "Autres rencontres"})
        for id, code, starts, ends in (
            ("passee-2018", "NEC-P", "2018-06-12", "2018-06-13"),
            ("encours-2018", "NEC-E", "2018-06-19", "2018-06-21"),
        ):
            api = await self._edition(id, code, starts, ends)
            await self.organiser.post(f"{api}/open")
        await rest(self._client)
        visitor, mail = await self._submit(
            "encours-2018", "fr", [], given="Lou", family="Tard", email="lou@example.org"
        )
        self.pages["expired"] = mail.link("confirm").removeprefix(self.house.url)
        await visitor.leave()

    async def _states(self) -> None:
        """One edition for each word that the registration block can say."""
        reason = {"fr": "La salle a été endommagée par l'orage du 10 juin.", "en": "The hall was damaged by a storm."}
        for id, code, starts, ends, verbs in (
            ("bientot-2018", "NEC-B", "2018-11-08", "2018-11-09", ()),
            ("close-2018", "NEC-C", "2018-10-04", "2018-10-05", ("open", "close-registration")),
            ("reportee-2018", "NEC-R", "2018-10-11", "2018-10-12", ("open", "postpone")),
            ("annulee-2018", "NEC-A", "2018-10-18", "2018-10-19", ("open", "cancel")),
        ):
            opens = "2018-09-03T10:00:00+02:00" if not verbs else None
            api = await self._edition(id, code, starts, ends, opens_at=opens, tagline={})
            for verb in verbs:
                if verb == "postpone":
                    await rest(self._client)
                    held = await self._register(id, "fr", [], given="Jo", family="Reporté", email="jo@example.org")
                    self.pages["mine postponed"] = held.path
                await self.organiser.post(
                    f"{api}/{verb}", {"reason": reason} if verb in ("postpone", "cancel") else None
                )
        await rest(self._client)

    # ---- people
    async def _ask(self, edition: str, locale: str, sessions: list[str], **said: Any) -> Visitor:
        visitor = Visitor(self.house.url, locale=locale)
        page = await visitor.get(f"/{locale}/{edition}/register")
        sent = await visitor.send(page, "given", insist=True, **{**said, **slots(page.form("given"), sessions)})
        assert sent.path.endswith("/sent"), sent.text[:600]
        self.pages.setdefault("sent", sent.path)
        return visitor

    async def _submit(self, edition: str, locale: str, sessions: list[str], **said: Any) -> tuple[Visitor, Mail]:
        visitor = await self._ask(edition, locale, sessions, **said)
        name = plain(f"{said['given']} {said['family']}")
        mail = await self.inbox.arrival(
            said["email"], like=lambda mail: bool(mail.links_for("confirm")) and name in mail.text
        )
        return visitor, mail

    async def _register(self, edition: str, locale: str, sessions: list[str], **said: Any) -> Page:
        visitor, mail = await self._submit(edition, locale, sessions, **said)
        page = await visitor.send(await visitor.get(mail.link("confirm")))
        assert page.status == 200, page.text[:600]
        await visitor.leave()
        return page

    async def _people(self) -> None:
        rows = list(self.data.rows.values())[:56]
        at_once = asyncio.Semaphore(8)

        async def comes(n: int, row: Row) -> None:
            async with at_once:
                if n % 9 == 7:
                    visitor, _ = await self._submit(EDITION, row.locale, row.sessions, **row.answers)
                    await visitor.leave()
                    return
                page = await self._register(EDITION, row.locale, row.sessions, **row.answers)
                if n == 0:
                    self.pages["mine confirmed"] = page.path
                if n == 2:
                    self.pages["mine on behalf"] = page.path
                if n % 11 == 5:
                    await self._cancel(page.path)

        await asyncio.gather(*(comes(n, row) for n, row in enumerate(rows)))
        for given, family, email, locale in ODD:
            page = await self._register(EDITION, locale, ["s02", "s09"], given=given, family=family, email=email)
        self.pages["mine odd"] = page.path
        page = await self._register(
            EDITION,
            "en",
            ["s03"],
            given="Giulia",
            family="Rossi",
            email="giulia@example.org",
            access=["step_free", "falc"],
            consents=["newsletter", "image"],
            phone="+39 06 1234567",
        )
        self.pages["mine en"] = page.path
        await self._change(page.path, "s05")
        nadia = next(iter(self.data.rows.values()))
        visitor = Visitor(self.house.url)
        page = await visitor.get(f"/fr/{EDITION}/register")
        await visitor.send(page, "given", given="Nadia", family="Benali", email=nadia.mailbox)
        await visitor.leave()

    async def _change(self, path: str, session: str) -> None:
        visitor = Visitor(self.house.url)
        page = await visitor.get(path)
        [name] = {one for form in page.forms for one, values in form.offered.items() if values and session in values}
        page = await visitor.send(page, name, {name: session})
        assert page.status == 200, page.text[:600]
        await visitor.leave()

    async def _cancel(self, path: str) -> None:
        visitor = Visitor(self.house.url)
        held = await visitor.get(path)
        page = await visitor.send(await visitor.get(f"{path}/cancel"))
        assert page.status == 200, page.text[:600]
        self.pages.setdefault("mine cancelled", page.path)
        for link in held.links:
            if "/ticket/" in link:
                self.pages.setdefault("ticket over", link.removeprefix(self.house.url))
        await visitor.leave()

    async def _full_edition(self) -> None:
        """Three places, nine people. A place is given up: who is offered it leaves the line, and the next is asked."""
        api = await self._edition("petite-2018", "NEC-3", "2018-10-25", "2018-10-25", capacity=3)
        await self.organiser.post(f"{api}/tracks", self.data.tracks[0])
        await self.organiser.post(f"{api}/rooms", {"id": "salle", "name": "Salle Vilar", "capacity": 40})
        for n in (1, 2):
            slot = {"starts_at": f"2018-10-25T{9 + n:02}:00", "ends_at": f"2018-10-25T{9 + n:02}:50"}
            await self.organiser.post(
                f"{api}/sessions",
                {
                    "id": f"s0{n}",
                    "title": {"fr": f"Atelier {n}"},
                    "format": "workshop",
                    "tracks": ["lieux"],
                    "room": "salle",
                    "slot": slot,
                    "seats": 2,
                    "booking": "required",
                },
            )
        await self.organiser.post(f"{api}/releases")
        await self.organiser.post(f"{api}/open")
        await rest(self._client)
        mine = list[str]()
        for n in range(9):
            page = await self._register(
                "petite-2018",
                "en" if n == 7 else "fr",
                ["s01"],
                given="Ana",
                family=f"Petit {n}",
                email=f"petit{n}@example.org",
            )
            mine.append(page.path)
        await self._cancel(mine[0])
        self.pages["offer over"] = await self._offer("petit3@example.org")
        self.pages["leave the list"] = f"{mine[6]}/cancel"
        await self._cancel(mine[3])
        self.pages["offer"] = await self._offer("petit4@example.org")
        await self._cancel(mine[1])
        self.pages["offer later"] = await self._offer("petit5@example.org")
        self.pages |= {
            "mine without": mine[2],
            "mine offered": mine[4],
            "mine waitlisted": mine[6],
            "mine waitlisted en": mine[7],
        }

    async def _shaken_edition(self) -> None:
        frame = shaken.FRAME
        api = await self._edition(frame["id"], frame["code"], frame["starts"], frame["ends"], capacity=40)
        await shaken.open_it(self.organiser, api, self.data.tracks[0])
        await rest(self._client)
        await shaken.fill_it(self._register, self._ask, Faults(self.house.ports.faults))
        links = await shaken.shake_it(self.organiser, api, self.inbox)
        self.colliding = [link.removeprefix(self.house.url) for link in links]
        self.pages["mine colliding"] = self.colliding[-1]

    async def _offer(self, address: str) -> str:
        """The page behind the link of the mail."""
        mail = await self.inbox.arrival(address, like=lambda mail: bool(mail.links_for("offer")))
        return mail.link("offer").removeprefix(self.house.url)

    async def _second_version(self) -> None:
        """A room, an hour and a cancellation: what a second release says on top."""
        api = f"/api/editions/{EDITION}/sessions"
        await self.organiser.patch(f"{api}/s12", {"room": "audito"})
        await self.organiser.post(
            f"{api}/s16/cancel", {"reason": {"fr": "Intervenant empêché", "en": "Speaker prevented"}}
        )
        await self.organiser.post(f"/api/editions/{EDITION}/releases")

    # ---- where everything is
    async def _name_pages(self) -> None:
        e, pages = f"/fr/{EDITION}", self.pages
        pages |= {
            "home": "/fr/",
            "home en": "/en/",
            "edition": e,
            "edition en": f"/en/{EDITION}",
            "edition full": "/fr/petite-2018",
            "edition announced": "/fr/bientot-2018",
            "edition closed": "/fr/close-2018",
            "edition running": "/fr/encours-2018",
            "edition over": "/fr/passee-2018",
            "edition postponed": "/fr/reportee-2018",
            "edition cancelled": "/fr/annulee-2018",
            "programme": f"{e}/programme",
            "programme en": f"/en/{EDITION}/programme",
            "programme day": f"{e}/programme?day=2018-09-13",
            "programme track": f"{e}/programme?track=communs",
            "programme none": "/fr/bientot-2018/programme",
            "session": f"{e}/sessions/s03",
            "session gone": f"{e}/sessions/s16",
            "practical": f"{e}/practical",
            "form": f"{e}/register",
            "form en": f"/en/{EDITION}/register",
            "form full": "/fr/petite-2018/register",
            "form not yet": "/fr/bientot-2018/register",
            "form closed": "/fr/close-2018/register",
            "form postponed": "/fr/reportee-2018/register",
            "form cancelled": "/fr/annulee-2018/register",
            "form over": "/fr/passee-2018/register",
            "produced": f"{e}/produced",
            "produced none": "/fr/bientot-2018/produced",
            "accessibility": "/fr/accessibility",
            "privacy": "/fr/privacy",
            "privacy en": "/en/privacy",
            "not found": f"{e}/nulle-part",
            "not found at all": "/fr/nulle-part/du-tout",
            "problem": "/problems/edition-full",
            "sign-in": "/console/sign-in",
            "inbox": "/dev/mail",
        }
        pages["cancel"] = f"{pages['mine confirmed']}/cancel"
        visitor = Visitor(self.house.url)
        page = await visitor.get(pages["mine confirmed"])
        pages["ticket"] = next(path for link in page.links if "/ticket/" in (path := link.removeprefix(self.house.url)))
        them, mail = await self._submit(
            EDITION,
            "fr",
            ["s02", "s05"],
            given="Inès",
            family="Lambert",
            email="ines@example.org",
            meal="vegetarian",
            access=["step_free"],
        )
        await them.leave()
        pages["confirm"] = mail.link("confirm").removeprefix(self.house.url)
        for mail in await self.inbox.all():
            subject = re.sub(r"NEC\S*", "", mail.subject).strip(" :")
            pages.setdefault(f"mail {mail.locale} {subject}", f"/dev/mail/{mail.n}/page")
        pages["mail shown"] = "/dev/mail/2"
        await self._invitations()
        await visitor.leave()

    async def _invitations(self) -> None:
        """Of somebody who has not answered, who comes, who does not, and whose session is called off."""
        for name, address in (
            ("invitation", "paul.mercier@example.org"),
            ("invitation accepted", "yann.legoff@example.org"),
            ("invitation declined", "awa.ndiaye@example.org"),
            ("invitation called off", "zelie.fauconnet@example.org"),
            ("invitation en", "kenji.sato@example.org"),
        ):
            mail = next(mail for mail in await self.inbox.to(address) if mail.links_for("invitation"))
            self.pages[name] = mail.link("invitation").removeprefix(self.house.url)

    async def _sign_in(self, email: str) -> tuple[Visitor, Page]:
        visitor = Visitor(self.house.url)
        sent = await visitor.send(await visitor.get("/console/sign-in"), "email", email=email)
        self.pages["sign-in sent"] = sent.path
        mail = await self.inbox.arrival(email, like=lambda mail: "/console/enter/" in mail.html)
        link = next(one for one in mail.links if "/console/enter/" in one)
        self.pages["enter"] = link.removeprefix(self.house.url)
        return visitor, await visitor.send(await visitor.get(link))

    async def _name_console(self) -> None:
        grant = ("registration", "organiser", "grant", "--email", COLLEAGUE, "--given", "Omar", "--family", "Diop")
        await self.house.order(*grant, "--role", "programme", "--scope", f"edition:{EDITION}")
        await rest(self._client)
        omar, _ = await self._sign_in(COLLEAGUE)
        self.colleague = dict(omar.cookies)
        await omar.leave()
        visitor, page = await self._sign_in(self.data.organiser["email"])
        self.cookies = dict(visitor.cookies)
        c = f"/console/{EDITION}"
        self.console = {
            "editions": page.path,
            "desk": c,
            "desk empty": "/console/bientot-2018",
            "programme": f"{c}/programme",
            "programme of a day": f"{c}/programme?day=2018-09-14",
            "programme none": "/console/bientot-2018/programme",
            "session to move": f"{c}/programme/s12",
            "releases": f"{c}/releases?from=1&to=2&on=2018-09-13",
            "releases none": "/console/bientot-2018/releases",
            "releases to make": f"{shaken.CONSOLE}/releases",
            "programme changed": f"{shaken.CONSOLE}/programme",
            "mails refused": f"{shaken.CONSOLE}/mails?state=failed",
            "release": f"{c}/releases/2",
            "speakers": f"{c}/speakers",
            "speakers silent": f"{c}/speakers?group=silent",
            "speakers none": "/console/bientot-2018/speakers",
            "registrations": f"{c}/registrations",
            "registrations waitlisted": "/console/petite-2018/registrations?state=waitlisted",
            "registrations none": "/console/bientot-2018/registrations",
            "waiting list": "/console/petite-2018/waiting-list",
            "waiting list none": "/console/bientot-2018/waiting-list",
            "mails": f"{c}/mails",
            "mails none": "/console/bientot-2018/mails",
            "traces": f"{c}/traces",
            "traces none": "/console/bientot-2018/traces",
            "console not found": f"{c}/nulle-part",
        }
        for name in ("speakers", "registrations", "mails", "traces"):
            listed = await visitor.get(f"{c}/{name}")
            one = [link for link in listed.links if f"{c}/{name}/" in link]
            self.console[f"one of {name}"] = one[-1].removeprefix(self.house.url)
        for state in ("failed", "waiting"):
            listed = await visitor.get(f"{shaken.CONSOLE}/mails?state={state}")
            one = [link for link in listed.links if f"{shaken.CONSOLE}/mails/" in link]
            self.console[f"mail {state}"] = one[0].removeprefix(self.house.url)
        listed = await visitor.get(self.console["waiting list"])
        self.console["put ahead"] = next(x for x in listed.links if x.endswith("/offer")).removeprefix(self.house.url)
        listed = await visitor.get(self.console["one of registrations"])
        self.console["trace of a registration"] = next(x for x in listed.links if "/traces/" in x).removeprefix(
            self.house.url
        )
        await visitor.leave()
