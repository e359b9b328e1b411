"""A mail that is sent again: a new one that names the first."""

from __future__ import annotations

from datetime import datetime

from colloque.contracts.fact import Frozen, PersonRef
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.work import Change, Document
from colloque_notifications.domain.mail import Mail

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


def may_go_again(mail: Mail, said_since: bool, now: datetime) -> None:
    objects = [f"mail/{mail.id}"]
    if mail.open:
        raise StillToGo(f"it is {mail.state}", objects=objects)
    if mail.useful_until is not None and now >= mail.useful_until:
        raise NoLongerOfUse("its time is over", objects=objects)
    if said_since:
        raise SaidSince("a later mail says what is so now", objects=objects)
