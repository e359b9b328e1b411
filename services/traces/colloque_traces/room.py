"""The room « what came of it? »: the ledger of every event's outputs."""

from __future__ import annotations

from colloque.contracts import CONTACTS, TOPICS
from colloque.runtime.desk import Desk
from colloque.runtime.room import Room
from colloque.web.api import Doors
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_traces.api import build_api
from colloque_traces.pages import build_pages
from colloque_traces.reads import Ledger
from colloque_traces.steps import KINDS, STEPS

HEARS = tuple(dict.fromkeys(topic for topic in TOPICS if topic != CONTACTS))
"""Everything but names and addresses."""


def build(desk: Desk, settings: WebSettings) -> Room:
    ledger = Ledger(desk)
    site = Site("colloque_traces", settings, desk.clock, edition_of=ledger.frame_if_known)
    doors = Doors(desk, settings, ledger.series_of)
    return Room(
        desk=desk,
        steps=STEPS,
        kinds=KINDS,
        hears=HEARS,
        routers=(build_api(ledger, doors), build_pages(ledger, site, doors, desk.clock)),
        frame_of=ledger.frame_if_known,
    )
