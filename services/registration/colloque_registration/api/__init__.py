"""What the room answers to programs."""

from __future__ import annotations

from fastapi import APIRouter

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque_registration.api.agenda import add_agenda
from colloque_registration.api.people import add_people
from colloque_registration.api.registrations import add_registrations
from colloque_registration.api.rights import add_organisers
from colloque_registration.api.waiting import add_waiting
from colloque_registration.reads import Reader


def build_api(desk: Desk, doors: Doors, reader: Reader) -> APIRouter:
    api = doors.router()
    add_people(api, desk, doors)
    add_organisers(api, desk, doors)
    add_registrations(api, desk, doors, reader)
    add_waiting(api, desk, doors, reader)
    add_agenda(api, desk, doors, reader)
    return api
