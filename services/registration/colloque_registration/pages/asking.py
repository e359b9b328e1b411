"""The session question as whoever has not chosen yet is asked."""

from __future__ import annotations

import asyncio

from markupsafe import Markup

from colloque.web.forms import Filled
from colloque.web.i18n import Lang
from colloque.web.site import Site
from colloque_registration.forms import RegistrationForm
from colloque_registration.reads import EditionView, Moment

AT_ONCE = 8
"""Moments written before others are served."""
EDITIONS = 32

Kept = dict[str, tuple[object, Markup]]


class SessionQuestions:
    """Moment by moment, each kept as long as it reads the same: of a thousand sessions, those that have changed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[tuple[str, Lang], Kept] = {}

    async def prepare(self, view: EditionView, lang: Lang, blank: Filled[RegistrationForm]) -> None:
        """What has changed is written, and others are served in between."""
        kept, written = self._of(view, lang), 0
        for moment in view.moments:
            if not self._stands(kept, moment, view):
                self._write(kept, moment, view, lang, blank)
                written += 1
                if written % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def of(self, view: EditionView, lang: Lang, blank: Filled[RegistrationForm]) -> list[Markup]:
        kept = self._of(view, lang)
        for moment in view.moments:
            if not self._stands(kept, moment, view):
                self._write(kept, moment, view, lang, blank)
        kept = self._kept[view.page.id, lang] = {moment.name: kept[moment.name] for moment in view.moments}
        return [written for _, written in kept.values()]

    def _of(self, view: EditionView, lang: Lang) -> Kept:
        if len(self._kept) >= EDITIONS and (view.page.id, lang) not in self._kept:
            self._kept.clear()
        return self._kept.setdefault((view.page.id, lang), {})

    @staticmethod
    def _stands(kept: Kept, moment: Moment, view: EditionView) -> bool:
        return moment.name in kept and kept[moment.name][0] == _print(moment, view)

    def _write(
        self, kept: Kept, moment: Moment, view: EditionView, lang: Lang, blank: Filled[RegistrationForm]
    ) -> None:
        written = self._site.render("moment.html", lang, moment=moment, view_=view, form=blank)
        kept[moment.name] = _print(moment, view), Markup(written)  # noqa: S704 (rendered just here)


def _print(moment: Moment, view: EditionView) -> object:
    return view.page.tracks, tuple((one.session, one.version) for one in moment.sessions)
