"""The room « when and where? »: editions and their programmes."""

from __future__ import annotations

from colloque.contracts import CONTACTS, topic
from colloque.contracts.fact import EditionFrame
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import Refusal
from colloque.runtime.room import Room
from colloque.runtime.work import Document
from colloque.web.api import Doors
from colloque.web.rights import RIGHTS_KINDS
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_scheduling.api import build_api
from colloque_scheduling.domain.programme.availability import Availability
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.front import Front
from colloque_scheduling.domain.programme.importing import Import, ImportPart
from colloque_scheduling.domain.programme.invitation import Invitation
from colloque_scheduling.domain.programme.numbers import Numbers
from colloque_scheduling.domain.programme.origin import Origin
from colloque_scheduling.domain.programme.person import Person
from colloque_scheduling.domain.programme.release import Programme, Release
from colloque_scheduling.domain.programme.series import Series
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.pages import build_pages
from colloque_scheduling.reads import Shelf
from colloque_scheduling.steps import STEPS
from colloque_scheduling.wording import REFUSALS

KINDS: tuple[type[Document], ...] = (
    Series,
    Edition,
    Front,
    Draft,
    Session,
    Invitation,
    Person,
    Programme,
    Release,
    Numbers,
    Origin,
    Import,
    ImportPart,
    Availability,
    *RIGHTS_KINDS,
)


def build(desk: Desk, settings: WebSettings) -> Room:
    shelf = Shelf(desk)

    async def frame_of(edition: str) -> EditionFrame | None:
        try:
            return (await shelf.edition(edition)).frame
        except Refusal:
            return None

    async def series_of(edition: str) -> str | None:
        found = await desk.reads.glance(Edition, edition)
        return found.series if found else None

    site = Site("colloque_scheduling", settings, desk.clock, words=REFUSALS, edition_of=frame_of)
    doors = Doors(desk, settings, series_of)
    return Room(
        desk,
        steps=STEPS,
        kinds=KINDS,
        hears=(topic("registration"), topic("notifications"), CONTACTS),
        routers=(build_api(desk, doors), build_pages(desk, site, doors, shelf)),
        frame_of=frame_of,
    )
