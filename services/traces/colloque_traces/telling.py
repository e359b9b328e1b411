"""Lines in words: what a page calls a room, a fact, a step, a length of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from babel.dates import format_timedelta

from colloque.contracts.registration import ticket_code
from colloque.contracts.traces import Output
from colloque.web import french
from colloque.web.i18n import Lang
from colloque.web.site import Site
from colloque_traces import words
from colloque_traces.domain.chain import Chain, Mail, Missing
from colloque_traces.domain.story import Story

SOON = timedelta(minutes=1)
"""What is not there yet after so long is missing; before, it is on its way."""


class Telling:
    def __init__(self, site: Site, lang: Lang, now: datetime, tz: str) -> None:
        self._site, self._lang, self._now, self._tz = site, lang, now, tz

    def room(self, room: str) -> str:
        return self._say(words.ROOMS, room)

    def message(self, message: str) -> str:
        return self._say(words.FACTS if "." in message else words.BEGINNINGS, message)

    def step(self, step: str) -> str:
        return self._say(words.STEPS, step)

    def document(self, output: Output) -> str:
        name, _, gone = (output.type or output.kind).partition(" ")
        return self._say(words.DOCUMENTS, name) + (f" ({self._site.say(self._lang, words.GONE)})" if gone else "")

    def documents(self, outputs: Iterable[Output]) -> list[tuple[str, list[Output]]]:
        """Those of one kind together, in the order in which the kinds came."""
        by_name: dict[str, list[Output]] = {}
        for output in outputs:
            by_name.setdefault(self.document(output), []).append(output)
        return list(by_name.items())

    def file(self, output: Output) -> str:
        return self._say(words.FILES, (output.media_type or "").partition(";")[0] or output.kind)

    def mail(self, mail: Mail) -> str:
        return self._say(words.MAILS, mail.state)

    def mail_look(self, mail: Mail) -> str:
        return words.MAIL_LOOKS[mail.state]

    def story(self, story: Story) -> str:
        return self.message(story.message) if story.message else self._site.say(self._lang, words.UNKNOWN_BEGINNING)

    def code(self, story: Story) -> str:
        """What is read aloud of a registration's story: the code on its ticket."""
        return ticket_code(story.about or story.id)

    def missing(self, missing: Missing) -> str:
        return f"{self.room(missing.room)}, {self.step(missing.step)}"

    def late(self, chain: Chain) -> bool:
        """Something is missing that should be there by now."""
        return any(one.kind == "parked" or self._now - one.since > SOON for one in chain.missing)

    def ago(self, since: datetime) -> str:
        """« 2 heures »"""
        away = max(self._now - since, timedelta(seconds=1))
        return str(format_timedelta(away, locale=self._lang, threshold=2)).replace(" ", french.NB)

    def took(self, ms: float | None) -> str:
        return f"{french.number(max(1, round(ms)), self._lang)}{french.NB}ms" if ms is not None else ""

    def seconds(self, seconds: float) -> str:
        if seconds >= 120:
            return str(format_timedelta(timedelta(seconds=seconds), locale=self._lang, threshold=2)).replace(
                " ", french.NB
            )
        return f"{french.number(round(seconds, 1), self._lang)}{french.NB}s"

    def hour(self, at: datetime) -> str:
        return french.hour(at, self._tz, self._lang)

    def second(self, at: datetime) -> int:
        return at.second

    def day(self, at: datetime) -> str:
        return french.plain_date(french.local_day(at, self._tz), self._lang)

    def at(self, at: datetime) -> str:
        """« 20 juin, 8 h 02 »: in a table."""
        return f"{french.day_month(french.local_day(at, self._tz), self._lang)}, {self.hour(at)}"

    def _say(self, table: dict[str, str], name: str) -> str:
        return self._site.say(self._lang, table[name]) if name in table else name
