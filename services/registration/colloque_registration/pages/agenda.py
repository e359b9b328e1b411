"""The dry run of a release, as the console shows it: whom it would tell, and what each would read."""

from __future__ import annotations

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from colloque.contracts.fact import SessionChange
from colloque.web.api import Asker
from colloque.web.bodies import Unreadable
from colloque.web.previews import PreviewAgenda
from colloque.web.site import console_lang
from colloque_registration.lists import Lists
from colloque_registration.pages.means import Means
from colloque_registration.previews import Previews
from colloque_registration.words import KINDS

PAGE = 50
_CHANGES = TypeAdapter(list[SessionChange])


def add_agenda(means: Means) -> None:
    pages, site, desk, doors, reader = means.pages, means.site, means.desk, means.doors, means.reader
    previews, lists = Previews(desk), Lists(desk)

    @pages.post("/console/{edition}/agenda/preview", dependencies=[doors.console("programme")])
    async def preview(request: Request, edition: str, caller: Asker) -> Response:
        lang, view = console_lang(request), await reader.edition(edition, exact=True)
        form = await site.form(request, PreviewAgenda, lang)
        if form.value is None:
            return site.go(f"/console/{edition}/releases")
        changes, after = _read(form.value.changes), form.value.after
        shown = await previews.of(view, changes, after, PAGE)
        frames = {id: one.frame for id, one in view.seats.items()}
        frames |= {one.session: now for one in changes if (now := one.current or one.previous) is not None}
        names = "desk" in caller.roles
        return site.page(
            request,
            "preview.html",
            lang,
            caller=caller,
            edition=view.frame,
            current="releases",
            preview=shown,
            frames=frames,
            kinds={one.session: one.kinds for one in changes},
            words=KINDS,
            people=await lists.people(one for one, _ in shown.concerned) if names else {},
            names=names,
            first=after == 0,
            again=site.blank(request, PreviewAgenda, lang, form.value),
        )


def _read(changes: str) -> list[SessionChange]:
    try:
        return _CHANGES.validate_json(changes)
    except ValidationError:
        raise Unreadable("these are no changes of a programme") from None
