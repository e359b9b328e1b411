"""A mail that is sent again: a new one that names the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from colloque.contracts.fact import Frozen, PersonRef
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Change, Document
from colloque_notifications.domain.mail import Mail

TICKET = "registration_confirmed"
HELD = ("registration_amended", "programme_changed_digest")
"""What tells which sessions somebody with a ticket has from then on."""
MOST = 3
"""Times one mail is sent again."""


class UnknownMail(NotFound):
    """There is none of that name in this edition."""


class StillToGo(Refusal):
    """It has not left yet: nothing is to be sent again."""


class SaidSince(Refusal):
    """A later mail says what is so now; this one would say what is not."""


class NoLongerOfUse(Refusal):
    """Its link, or what it asked, has ended."""


class SentOftenEnough(Refusal):
    """A mailbox that has not got it three times will not get it the fourth."""

    status = 429


class Repeat(Frozen):
    """`by`: the organiser who asked."""

    mail: str
    by: PersonRef
    at: datetime


class Again(Document):
    """Its id is the first mail's. One repeat after the other: none while the last is still to go."""

    repeats: tuple[Repeat, ...] = ()

    @property
    def last(self) -> str:
        return self.repeats[-1].mail if self.repeats else ""

    def one_more(self, repeat: Repeat) -> Change[Again]:
        if len(self.repeats) >= MOST:
            raise SentOftenEnough(f"{MOST} times already", objects=[f"mail/{self.id}"])
        return Change(self.becomes(repeats=(*self.repeats, repeat)))


def to_say_again(mail: Mail, told: Iterable[Mail], now: datetime) -> Mapping[str, Any]:
    """What a repeat says. `told`: all that was told of the same thing; of it the last news holds, and only what tells
    no news of its own, the ticket, says what is so today."""
    objects = [f"mail/{mail.id}"]
    news = [one for one in told if one.seq > mail.seq and not one.first]
    if mail.open:
        raise StillToGo(f"it is {mail.state}", objects=objects)
    if mail.useful_until is not None and now >= mail.useful_until:
        raise NoLongerOfUse("its time is over", objects=objects)
    last = max(news, key=lambda one: one.seq, default=None)
    if last is None:
        return mail.context
    if mail.template != TICKET or last.template not in HELD:
        raise SaidSince("a later mail says what is so now", objects=objects)
    held = last.context["sessions"]
    without = tuple(id for id in mail.context["without"] if id not in held)
    return {**mail.context, "links": last.context["links"], "sessions": held, "without": without}
