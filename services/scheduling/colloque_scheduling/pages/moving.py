"""One session of the draft in the console: to another room or hour, in another's place, or off the programme."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request
from pydantic import Field, NaiveDatetime
from starlette.responses import Response

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound, Refusal
from colloque.web.api import Asker, Doors
from colloque.web.asking import refusal_of
from colloque.web.forms import Filled, Form, Lines
from colloque.web.i18n import N_, text
from colloque.web.site import Site, console_lang
from colloque_scheduling import wording
from colloque_scheduling.commands.draft import AmendSession, CancelSession, SwapSessions
from colloque_scheduling.domain.programme.moves import ChangedMeanwhile
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.drafts import Drafts
from colloque_scheduling.reads import an_edition
from colloque_scheduling.steps.sessions import NoSuchSession

_HOUR = N_("Écrivez le jour et l'heure, par exemple 2018-09-13T11:00.")


class PlaceForm(Form):
    """`version`: the session as its reader saw it."""

    room: Annotated[str, Field(max_length=40)]
    starts_at: NaiveDatetime
    ends_at: NaiveDatetime
    seats: Annotated[int, Field(ge=0, le=100_000)]
    version: int
    labels: ClassVar = {
        "room": N_("Salle"),
        "starts_at": N_("Début"),
        "ends_at": N_("Fin"),
        "seats": N_("Places"),
    }
    words: ClassVar = {"starts_at": {"*": _HOUR}, "ends_at": {"*": _HOUR}}


class SwapForm(Form):
    """`version`: of this one; the other's is looked up when it is shown."""

    other: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?(@[0-9]{1,9})?$")]
    version: int
    labels: ClassVar = {"other": N_("Échanger avec")}
    words: ClassVar = {"other": {"*": N_("Choisissez une session.")}}


class CancelForm(Form):
    reason_fr: Lines = ""
    reason_en: Lines = ""
    version: int
    labels: ClassVar = {"reason_fr": N_("Raison, en français"), "reason_en": N_("Raison, en anglais")}


def moving_pages(pages: APIRouter, desk: Desk, site: Site, doors: Doors, drafts: Drafts) -> None:
    async def there(edition: str, session: str) -> None:
        """Nothing is asked of what is not there."""
        _found((await drafts.of(edition))[1], session)

    edits = [doors.console("programme"), Depends(there)]

    async def page(
        request: Request, edition: str, key: str, caller: Asker, shown: Filled[Any] | None = None
    ) -> Response:
        """With `shown`, the form that was not taken, as it was filled in."""
        e = await an_edition(desk, edition)
        draft, sessions = await drafts.of(edition)
        session = _found(sessions, key)
        lang = console_lang(request)
        filled: dict[Any, Filled[Any]] = {
            PlaceForm: site.blank(request, PlaceForm, lang, _placed(session)),
            SwapForm: site.blank(request, SwapForm, lang, {"version": str(session.version)}),
            CancelForm: site.blank(request, CancelForm, lang, {"version": str(session.version)}),
        }
        if shown is not None:
            filled[shown.kind] = shown
        return site.page(
            request,
            "moving.html",
            lang,
            status=shown.status if shown else 200,
            caller=caller,
            edition=e.frame,
            current="programme",
            e=e,
            draft=draft,
            s=session,
            others=[one for one in sessions if one.stands and one.key != key],
            place=filled[PlaceForm],
            swap=filled[SwapForm],
            cancel=filled[CancelForm],
            form=shown,
            stands=_placed(session),
            meanwhile=shown is not None and shown.status == ChangedMeanwhile.status,
            **wording.IN_TEMPLATES,
        )

    async def refused(request: Request, edition: str, key: str, form: Filled[Any], refusal: Refusal) -> None:
        """In words that name the session in the way. What has changed meanwhile is shown, and the next try knows it."""
        _, sessions = await drafts.of(edition)
        lang = console_lang(request)
        others = [one for one in sessions if one.name in refusal.objects and one.key != key]
        refusal.context.setdefault("other", text(others[0].title, lang) if others else "…")
        form.refuse(refusal)
        if isinstance(refusal, ChangedMeanwhile):
            form.typed["version"] = [str(_found(sessions, key).version)]

    @pages.get("/console/{edition}/programme/{session}", dependencies=edits)
    async def session_desk(request: Request, edition: str, session: str, caller: Asker) -> Response:
        return await page(request, edition, session, caller)

    @pages.post("/console/{edition}/programme/{session}", dependencies=edits)
    async def place_session(request: Request, edition: str, session: str, caller: Asker) -> Response:
        form = await site.form(request, PlaceForm, console_lang(request))
        if (asked := form.value) is not None:
            hours = {"starts_at": asked.starts_at.isoformat(), "ends_at": asked.ends_at.isoformat()}
            slot = hours | {"starts_fold": None, "ends_fold": None}
            changes = {"room": asked.room, "slot": slot, "seats": asked.seats}
            command = AmendSession(edition=edition, session=session, changes=changes, expected=asked.version)
            refusal = await refusal_of(desk, command, form.cause)
            if refusal is None:
                return site.go(f"/console/{edition}/programme?done=moved#{session}")
            if isinstance(refusal, NotFound):
                raise refusal
            await refused(request, edition, session, form, _beside(refusal))
        return await page(request, edition, session, caller, form)

    @pages.post("/console/{edition}/programme/{session}/swap", dependencies=edits)
    async def swap_session(request: Request, edition: str, session: str, caller: Asker) -> Response:
        form = await site.form(request, SwapForm, console_lang(request))
        if (asked := form.value) is not None:
            other, _, version = asked.other.partition("@")
            both = (asked.version, int(version)) if version else None
            command = SwapSessions(edition=edition, a=session, b=other, expected=both)
            refusal = await refusal_of(desk, command, form.cause)
            if refusal is None:
                return site.go(f"/console/{edition}/programme?done=swapped#{session}")
            refusal.field = "other"
            await refused(request, edition, session, form, refusal)
        return await page(request, edition, session, caller, form)

    @pages.post("/console/{edition}/programme/{session}/cancel", dependencies=edits)
    async def cancel_session(request: Request, edition: str, session: str, caller: Asker) -> Response:
        form = await site.form(request, CancelForm, console_lang(request))
        if (asked := form.value) is not None:
            told = {"fr": asked.reason_fr or asked.reason_en, "en": asked.reason_en}
            reason = {lang: words for lang, words in told.items() if words}
            command = CancelSession(edition=edition, session=session, reason=reason, expected=asked.version)
            refusal = await refusal_of(desk, command, form.cause)
            if refusal is None:
                return site.go(f"/console/{edition}/programme?done=cancelled#{session}")
            if isinstance(refusal, NotFound):
                raise refusal
            refusal.field = None
            await refused(request, edition, session, form, refusal)
        return await page(request, edition, session, caller, form)


def _found(sessions: list[Session], key: str) -> Session:
    found = next((one for one in sessions if one.key == key), None)
    if found is None:
        raise NoSuchSession.named(key)
    return found


def _placed(session: Session) -> dict[str, str]:
    """As the form says it."""
    slot = session.slot
    return {
        "room": session.room or "",
        "starts_at": slot.starts_at.isoformat(timespec="minutes") if slot else "",
        "ends_at": slot.ends_at.isoformat(timespec="minutes") if slot else "",
        "seats": str(session.seats),
        "version": str(session.version),
    }


_FIELDS = {"slot": "starts_at", "slot.starts_at": "starts_at", "slot.ends_at": "ends_at", "person": "starts_at"}


def _beside(refusal: Refusal) -> Refusal:
    refusal.field = _FIELDS.get(refusal.field or "", refusal.field)
    if refusal.field not in PlaceForm.model_fields:
        refusal.field = None
    return refusal
