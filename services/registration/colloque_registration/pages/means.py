"""What every page of the room is made with."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque.web.links import Links
from colloque.web.site import Site
from colloque_registration.reads import Reader
from colloque_registration.sealing import Seal


@dataclass(frozen=True)
class Means:
    pages: APIRouter
    site: Site
    desk: Desk
    doors: Doors
    reader: Reader
    links: Links
    seal: Seal
