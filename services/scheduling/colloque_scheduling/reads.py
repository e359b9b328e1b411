"""What this room shows: straight from its documents, without a turn."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from colloque.runtime.desk import Committed, Desk
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Document
from colloque.web.site import no_such_page
from colloque_scheduling.domain.programme.availability import Availability, unknown
from colloque_scheduling.domain.programme.clash import clashes
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.front import FRONT, Front
from colloque_scheduling.domain.programme.history import NoSuchRelease
from colloque_scheduling.domain.programme.origin import Origin
from colloque_scheduling.domain.programme.release import Programme, Release
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.steps.editions import NoSuchEdition
from colloque_scheduling.steps.sessions import NoSuchSession

LATEST = datetime.max.replace(tzinfo=UTC)
MOST_RELEASES = 1_000_000


def began_at(committed: Committed, document: Document) -> int:
    """The version that the first message of the turn found of it."""
    kind = type(document).__name__
    made = [
        output["version"]
        for line in committed.lines
        for output in line["outputs"]
        if output.get("type") == kind and output["ref"] == document.id
    ]
    return min(made, default=0) - 1


class Shelf:
    """What the public pages are made of. An edition's document is small and says by its version whether anything has
    changed; the programme (a thousand sessions, perhaps) is read only to make a page that has not been made yet. What
    this process has committed it shows at once; what another has, within a second."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._editions: dict[str, Edition] = {}
        self._availabilities: dict[str, Availability] = {}
        self._programmes: dict[str, tuple[int, Programme]] = {}
        self._front: Front | None = None
        desk.after_commit(self._follow)

    def _follow(self, committed: Committed) -> None:
        for document in committed.documents.values():
            if isinstance(document, Edition):
                self._keep_up(document, committed)
            self._lay(document)

    def _keep_up(self, edition: Edition, committed: Committed) -> None:
        """The programme that goes with it: the one written with it, else the one before, where nobody else came
        between."""
        written = committed.documents.get((Programme, edition.id))
        version, known = self._programmes.get(edition.id, (-1, None))
        if isinstance(written, Programme):
            self._programmes[edition.id] = edition.version, written
        elif known is not None and version == began_at(committed, edition):
            self._programmes[edition.id] = edition.version, known

    def _lay(self, document: Document | None) -> None:
        if isinstance(document, Edition) and document.version >= self._version(document.id):
            self._editions[document.id] = document
        elif isinstance(document, Front) and (self._front is None or document.version >= self._front.version):
            self._front = document
        elif isinstance(document, Availability) and document.version >= self._free(document.id).version:
            self._availabilities[document.id] = document

    def _version(self, id: str) -> int:
        return self._editions[id].version if id in self._editions else -1

    def _free(self, id: str) -> Availability:
        return self._availabilities.get(id) or unknown(id)

    async def edition(self, id: str) -> Edition:
        """One that the public may see."""
        self._lay(await self._desk.reads.glance(Edition, id))
        known = self._editions.get(id)
        if known is None or not known.public:
            no_such_page()
        return known

    async def availability(self, edition: str) -> Availability:
        self._lay(await self._desk.reads.glance(Availability, edition))
        return self._free(edition)

    async def edition_and_availability(self, id: str) -> tuple[Edition, Availability]:
        """Read together."""
        return await gather(self.edition(id), self.availability(id))

    async def availabilities(self, editions: Iterable[str]) -> dict[str, Availability]:
        ids = list(editions)
        for document in await self._desk.reads.glance_all(Availability, ids):
            self._lay(document)
        return {id: self._free(id) for id in ids}

    async def front(self) -> Front:
        self._lay(await self._desk.reads.glance(Front, FRONT))
        return self._front or Front(id=FRONT)

    async def people_brought(self, edition: Edition, session: str) -> tuple[str, ...]:
        """Who speaks in it, as the file says from which it came."""
        origin = await self._desk.reads.glance(Origin, f"{edition.id}/{session}")
        return tuple(one.name for one in origin.people) if origin else ()

    async def programme(self, edition: Edition) -> Programme:
        """As this version of the edition shows it."""
        version, known = self._programmes.get(edition.id, (-1, None))
        if known is not None and version == edition.version:
            return known
        found = await a_programme(self._desk, edition.id)
        self._programmes[edition.id] = (edition.version, found)
        return found


async def an_edition(desk: Desk, id: str) -> Edition:
    """For organisers: drafts too."""
    found = await desk.reads.get(Edition, id)
    if found is None:
        raise NoSuchEdition(f"There is no edition {id!r}.", objects=(f"edition/{id}",))
    return found


async def a_draft(desk: Desk, edition: str) -> Draft:
    found = await desk.reads.get(Draft, edition)
    if found is None:
        raise NoSuchEdition(f"There is no edition {edition!r}.", objects=(f"edition/{edition}",))
    return found


async def a_session(desk: Desk, edition: str, key: str) -> Session:
    found = await desk.reads.get(Session, f"{edition}/{key}")
    if found is None:
        raise NoSuchSession.named(key)
    return found


async def a_session_and_its_draft(desk: Desk, edition: str, key: str) -> tuple[Session, Draft]:
    """Read together."""
    session, draft = await gather(a_session(desk, edition, key), a_draft(desk, edition))
    return session, draft


async def clashes_of(desk: Desk, moved: Sequence[Session]) -> list[Refusal]:
    """What these would meet if they stood so: only sessions that hold the same room or person on the same day are
    looked at."""
    holds = dict.fromkeys(hold for one in moved for hold in one.holds)
    found = await gather(*(desk.reads.find(Session, holds=hold) for hold in holds))
    return list(clashes(moved, {one.id: one for holders in found for one in holders}.values()))


async def the_sessions(desk: Desk, edition: str) -> list[Session]:
    """By hour, those without one last."""
    found = await desk.reads.find(Session, edition=edition)
    return sorted(found, key=by_hour)


def by_hour(session: Session) -> tuple[bool, datetime, str]:
    time = session.time
    return time is None, time.starts_at if time else LATEST, session.key


async def the_editions(desk: Desk) -> list[Edition]:
    """All of the house, by date."""
    front = await desk.reads.get(Front, FRONT)
    found = await desk.reads.all(Edition, front.editions) if front else []
    return sorted((one for one in found if one), key=lambda one: (one.starts_on, one.id))


async def a_release(desk: Desk, edition: str, n: int) -> Release:
    found = await desk.reads.get(Release, f"{edition}/{n}")
    if found is None:
        raise NoSuchRelease(f"There is no release {n} of that programme.", objects=(f"release/{n}",))
    return found


async def the_releases(desk: Desk, edition: str, *, before: int, limit: int) -> list[Release]:
    """The latest first."""
    return await desk.reads.window(Release, edition=edition, low=1, high=before - 1, reverse=True, limit=limit)


async def releases_until(desk: Desk, edition: str, n: int) -> list[Release]:
    """From the first to this one, in order."""
    found = await desk.reads.window(Release, edition=edition, low=1, high=n)
    if len(found) < n:
        raise NoSuchRelease(f"There is no release {n} of that programme.", objects=(f"release/{n}",))
    return found


async def all_releases(desk: Desk, edition: str) -> list[Release]:
    return await desk.reads.window(Release, edition=edition, low=1, high=MOST_RELEASES)


async def a_programme(desk: Desk, edition: str) -> Programme:
    """As last released; empty before."""
    return await desk.reads.get(Programme, edition) or Programme(id=edition)


async def the_origins(desk: Desk, edition: str) -> dict[str, Origin]:
    """Of the sessions that a file has brought, by their keys."""
    return {one.id.partition("/")[2]: one for one in await desk.reads.find(Origin, edition=edition)}
