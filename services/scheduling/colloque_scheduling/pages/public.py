"""The public pages. Each is made once for a version of its edition and a language, and then handed out as it is."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from colloque.contracts.fact import TrackFrame
from colloque.web.i18n import Lang
from colloque.web.site import Site, no_such_page
from colloque_scheduling import agenda, wording
from colloque_scheduling.domain.programme.availability import Availability
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.pages.structured import event, session_event
from colloque_scheduling.reads import Shelf


def public_pages(pages: APIRouter, site: Site, shelf: Shelf) -> None:
    @pages.get("/{lang}/")
    async def editions(request: Request, lang: Lang) -> Response:
        if moved := _to_canonical(request, ()):
            return moved
        front = await shelf.front()
        free = await shelf.availabilities(card.frame.edition for card in front.cards if card.state == "open")
        return site.page(
            request,
            "editions.html",
            lang,
            etag="-".join(str(part.version) for part in (front, *free.values())),
            **wording.IN_TEMPLATES,
            current="editions",
            cards=front.cards,
            free=free,
        )

    @pages.get("/{lang}/{edition}")
    async def edition_page(request: Request, lang: Lang, edition: str) -> Response:
        if moved := _to_canonical(request, ()):
            return moved
        e, free = await shelf.edition_and_availability(edition)
        big, small = wording.when_parts(e.starts_on, e.ends_on, lang)
        return site.page(
            request,
            "edition.html",
            lang,
            etag=_tag(e, free),
            edition=e.frame,
            **wording.IN_TEMPLATES,
            current="edition",
            e=e,
            free=free,
            big=big,
            small=small,
            data=event(e, free, lang, site.settings.base_url),
        )

    @pages.get("/{lang}/{edition}/programme")
    async def programme_page(request: Request, lang: Lang, edition: str) -> Response:
        if moved := _to_canonical(request, ("day", "track")):
            return moved
        e, free = await shelf.edition_and_availability(edition)
        tag = _tag(e, free)
        if kept := site.kept(request, lang, tag):
            return kept
        programme = await shelf.programme(e)
        day = _day(request.query_params.get("day"), e, programme)
        track = _track(request.query_params.get("track"), programme)
        context = _programme_page(e, programme, day, track)
        return site.page(request, "programme.html", lang, etag=tag, free=free, **context)

    @pages.get("/{lang}/{edition}/sessions/{session}")
    async def session_page(request: Request, lang: Lang, edition: str, session: str) -> Response:
        if moved := _to_canonical(request, ()):
            return moved
        e, free = await shelf.edition_and_availability(edition)
        tag = _tag(e, free)
        if kept := site.kept(request, lang, tag):
            return kept
        programme = await shelf.programme(e)
        found = programme.session(session) or no_such_page()
        cast = programme.cast.get(found.frame.id, ())
        return site.page(
            request,
            "session.html",
            lang,
            etag=tag,
            edition=e.frame,
            **wording.IN_TEMPLATES,
            current="programme",
            e=e,
            free=free,
            entry=agenda.entry(programme, found),
            confirmed=[one for one in cast if one.person],
            names=programme.names,
            waiting=sum(one.person is None for one in cast),
            brought=await shelf.people_brought(e, session),
            data=session_event(e, found, lang, site.settings.base_url),
        )

    @pages.get("/{lang}/{edition}/practical")
    async def practical(request: Request, lang: Lang, edition: str) -> Response:
        if moved := _to_canonical(request, ()):
            return moved
        e = await shelf.edition(edition)
        return site.page(
            request,
            "practical.html",
            lang,
            etag=_tag(e),
            edition=e.frame,
            e=e,
            **wording.IN_TEMPLATES,
        )


AT_ONCE = 400
"""Sessions on one page; of a larger programme, one day at a time."""


def _programme_page(e: Edition, programme: Programme, day: date | None, track: TrackFrame | None) -> dict[str, Any]:
    counts, standing = agenda.per_track(programme), agenda.standing(programme)
    large = (counts[track.id] if track else len(programme.sessions)) > AT_ONCE
    if large and day is None:
        day = agenda.days_of(e, programme)[0]
    return {
        **wording.IN_TEMPLATES,
        "edition": e.frame,
        "current": "programme",
        "e": e,
        "programme": programme,
        "days": agenda.days(e, programme, day=day, track=track.id if track else None),
        "all_days": agenda.days_of(e, programme),
        "day": day,
        "track": track,
        "large": large,
        "counts": counts,
        "standing": len(standing),
        "changed": [agenda.entry(programme, one) for one in programme.sessions if one.frame.id in programme.changed],
    }


def _tag(edition: Edition, free: Availability | None = None) -> str:
    shown = f"{edition.id}-{edition.version}"
    return shown if free is None else f"{shown}-{free.version}"


def _to_canonical(request: Request, known: tuple[str, ...]) -> Response | None:
    """One page, one address: what a link carries besides (a campaign, a mistake) leads to the page without it, and
    never to one more copy of it."""
    asked = request.query_params
    kept = [(name, asked[name]) for name in known if asked.get(name)]
    plain = urlencode(kept)
    if request.url.query == plain:
        return None
    return RedirectResponse(f"{request.url.path}{f'?{plain}' if plain else ''}", 302)


def _day(asked: str | None, edition: Edition, programme: Programme) -> date | None:
    if asked is None:
        return None
    return next((day for day in agenda.days_of(edition, programme) if day.isoformat() == asked), None) or no_such_page()


def _track(asked: str | None, programme: Programme) -> TrackFrame | None:
    if asked is None:
        return None
    return next((track for track in programme.tracks if track.id == asked), None) or no_such_page()
