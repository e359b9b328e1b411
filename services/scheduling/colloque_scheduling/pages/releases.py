"""Releases in the console: the next one before it is made, those that were, any two beside each other, and the way
back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from colloque.contracts.fact import SessionChange
from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque.web.asking import refusal_of
from colloque.web.forms import Filled, Form
from colloque.web.i18n import text
from colloque.web.previews import PreviewAgenda
from colloque.web.site import Site, console_lang, no_such_page
from colloque_scheduling import wording
from colloque_scheduling.api.releases import moment
from colloque_scheduling.commands.draft import ReleaseProgramme, RestoreRelease
from colloque_scheduling.domain.programme.clash import all_clashes, cautions
from colloque_scheduling.domain.programme.history import NoReleaseThen, backwards, between, said, until
from colloque_scheduling.domain.programme.published import ReleasedChange, differing, unreleased
from colloque_scheduling.domain.programme.release import as_told
from colloque_scheduling.drafts import Drafts
from colloque_scheduling.reads import a_programme, a_release, all_releases, an_edition, releases_until


class ReleaseForm(Form):
    """`n`: which release this is meant to be."""

    n: Annotated[int, Field(ge=1)]


class RestoreForm(Form):
    pass


def release_pages(pages: APIRouter, desk: Desk, site: Site, doors: Doors, drafts: Drafts) -> None:
    looks, edits, releases = ([doors.console(role)] for role in ("viewer", "programme", "organiser"))

    async def page(request: Request, edition: str, caller: Asker, shown: Filled[Any] | None = None) -> Response:
        e = await an_edition(desk, edition)
        draft, sessions = await drafts.of(edition)
        programme, made = await a_programme(desk, edition), await all_releases(desk, edition)
        changes = unreleased(sessions, draft, programme.sessions)
        lang = console_lang(request)
        return site.page(
            request,
            "releases.html",
            lang,
            status=shown.status if shown else 200,
            caller=caller,
            edition=e.frame,
            current="releases",
            e=e,
            programme=programme,
            rows=rows(changes),
            tracks_change=tuple(track.frame for track in draft.tracks) != programme.tracks,
            conflicts=all_clashes(sessions),
            cautions=[(one, caution) for one in sessions for caution in cautions(one, draft)],
            releases=list(reversed(made)),
            compared=_compared(request, made),
            then=_then(request, made, e.tz),
            form=shown,
            next_release=shown or site.blank(request, ReleaseForm, lang, {"n": str(programme.n + 1)}),
            restore=RestoreForm,
            preview=site.blank(request, PreviewAgenda, lang, {"changes": _told(changes)}) if programme.n else None,
            done=request.query_params.get("done", "") == "released",
            may_edit="programme" in caller.roles,
            may_release="organiser" in caller.roles,
            **wording.IN_TEMPLATES,
        )

    @pages.get("/console/{edition}/releases", dependencies=looks)
    async def releases_desk(request: Request, edition: str, caller: Asker) -> Response:
        return await page(request, edition, caller)

    @pages.post("/console/{edition}/releases", dependencies=releases)
    async def make_release(request: Request, edition: str, caller: Asker) -> Response:
        form = await site.form(request, ReleaseForm, console_lang(request))
        if form.value is not None:
            refusal = await refusal_of(desk, ReleaseProgramme(edition=edition, n=form.value.n), form.cause)
            if refusal is None:
                return site.go(f"/console/{edition}/releases?done=released")
            refusal.field = None
            form.refuse(refusal)
        return await page(request, edition, caller, form)

    @pages.get("/console/{edition}/releases/{n}", dependencies=looks)
    async def release_desk(request: Request, edition: str, n: int, caller: Asker) -> Response:
        e = await an_edition(desk, edition)
        made = await a_release(desk, edition, n)
        return site.page(
            request,
            "release.html",
            console_lang(request),
            caller=caller,
            edition=e.frame,
            current="releases",
            e=e,
            release=made,
            rows=rows(made.changes) if n > 1 else [],
            then=said(await releases_until(desk, edition, n)),
            restore=RestoreForm,
            may_edit="programme" in caller.roles,
            **wording.IN_TEMPLATES,
        )

    @pages.post("/console/{edition}/releases/{n}/restore", dependencies=edits)
    async def restore_release(request: Request, edition: str, n: int, caller: Asker) -> Response:
        lang = console_lang(request)
        form = await site.form(request, RestoreForm, lang)
        if form.value is not None:
            refusal = await refusal_of(desk, RestoreRelease(edition=edition, n=n), form.cause)
            if refusal is None:
                return site.go(f"/console/{edition}/programme?done=restored")
            _, sessions = await drafts.of(edition)
            named = [text(one.title, lang) for one in sessions if one.name in refusal.objects]
            refusal.context.setdefault("other", named[-1] if named else "…")
            refusal.field = None
            form.refuse(refusal)
        return await page(request, edition, caller, form)


def rows(changes: tuple[ReleasedChange, ...]) -> list[tuple[ReleasedChange, tuple[str, ...]]]:
    """With what differs, where anything does."""
    return [(one, what) for one in changes if (what := differing(one.previous, one.current))]


def _compared(request: Request, made: list[Any]) -> dict[str, Any] | None:
    asked = [request.query_params.get(side, "") for side in ("from", "to")]
    if not any(asked):
        return None
    if not all(one.isdecimal() and 0 <= int(one) <= len(made) for one in asked):
        no_such_page("there are no such two releases")
    before, after = (int(one) for one in asked)
    low, high = sorted((before, after))
    changes = between(made[low:high])
    return {"before": before, "after": after, "changes": rows(changes if before <= after else backwards(changes))}


def _then(request: Request, made: list[Any], tz: str) -> dict[str, Any] | None:
    """What the programme said at the end of a day."""
    on = request.query_params.get("on", "")
    if not on:
        return None
    try:
        day = date.fromisoformat(on)
        return {"day": day, "n": until(made, moment(day.isoformat(), tz))[-1].n}
    except NoReleaseThen:
        return {"day": day, "n": 0}
    except (ValueError, OverflowError):
        no_such_page("no such day")


_TOLD = TypeAdapter(tuple[SessionChange, ...])


def _told(changes: Sequence[ReleasedChange]) -> str:
    return _TOLD.dump_json(as_told(changes), exclude_defaults=True).decode()
