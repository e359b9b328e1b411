"""What people see in a browser, and what their calendars and other programs read: the public pages, the feeds, the
console."""

from __future__ import annotations

from fastapi import APIRouter

from colloque.runtime.desk import Desk
from colloque.web.api import Doors
from colloque.web.site import Site
from colloque_scheduling.drafts import Drafts
from colloque_scheduling.pages.console import console_pages
from colloque_scheduling.pages.feeds import feeds
from colloque_scheduling.pages.invitation import invitation_pages
from colloque_scheduling.pages.moving import moving_pages
from colloque_scheduling.pages.programme import programme_pages
from colloque_scheduling.pages.public import public_pages
from colloque_scheduling.pages.releases import release_pages
from colloque_scheduling.pages.speakers import speaker_pages
from colloque_scheduling.reads import Shelf


def build_pages(desk: Desk, site: Site, doors: Doors, shelf: Shelf) -> APIRouter:
    pages = site.router()
    feeds(pages, desk, site, shelf)
    public_pages(pages, site, shelf)
    invitation_pages(pages, desk, site)
    drafts = Drafts(desk)
    console_pages(pages, desk, site, doors, drafts)
    programme_pages(pages, desk, site, doors, drafts=drafts, shelf=shelf)
    moving_pages(pages, desk, site, doors, drafts)
    release_pages(pages, desk, site, doors, drafts)
    speaker_pages(pages, desk, site, doors)
    return pages
