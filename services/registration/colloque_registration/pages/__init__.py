"""What the room answers to people."""

from __future__ import annotations

from fastapi import APIRouter

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque.web.links import Links
from colloque.web.settings import WebSettings
from colloque.web.site import Site
from colloque_registration.pages.agenda import add_agenda
from colloque_registration.pages.confirming import add_confirming
from colloque_registration.pages.console import add_console
from colloque_registration.pages.means import Means
from colloque_registration.pages.mine import add_mine
from colloque_registration.pages.offering import add_offering
from colloque_registration.pages.registering import add_registering
from colloque_registration.pages.registrations import add_registrations
from colloque_registration.pages.waiting import add_waiting_list
from colloque_registration.reads import Reader
from colloque_registration.sealing import Seal
from colloque_registration.words import WORDS


def build_pages(desk: Desk, settings: WebSettings, doors: Doors, reader: Reader, seal: Seal) -> APIRouter:
    site = Site("colloque_registration", settings, desk.clock, words=WORDS, edition_of=reader.frame)
    means = Means(site.router(), site, desk, doors, reader, Links(settings), seal)
    add_registering(means)
    add_confirming(means)
    add_mine(means)
    add_offering(means)
    add_console(means)
    add_registrations(means)
    add_waiting_list(means)
    add_agenda(means)
    return means.pages
