"""The API of organisers' programs: editions, their programme in draft, its releases."""

from __future__ import annotations

from fastapi import APIRouter

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque_scheduling.api.draft import draft_routes
from colloque_scheduling.api.editions import edition_routes
from colloque_scheduling.api.imports import import_routes
from colloque_scheduling.api.moves import move_routes
from colloque_scheduling.api.releases import release_routes
from colloque_scheduling.api.sessions import session_routes
from colloque_scheduling.api.speakers import speaker_routes


def build_api(desk: Desk, doors: Doors) -> APIRouter:
    api = doors.router()
    edition_routes(api, desk, doors)
    draft_routes(api, desk, doors)
    move_routes(api, desk, doors)
    session_routes(api, desk, doors)
    speaker_routes(api, desk, doors)
    release_routes(api, desk, doors)
    import_routes(api, desk, doors)
    return api
