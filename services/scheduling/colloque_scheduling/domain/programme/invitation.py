"""An invitation: what passed between the house and somebody who is assigned to a session. What they answered is in the
session itself, since their time depends on it; here is when, by whom, and the words that came along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from colloque.contracts.fact import SessionFrame
from colloque.contracts.scheduling import (
    SpeakerConfirmed,
    SpeakerDeclined,
    SpeakerExpired,
    SpeakerFact,
    SpeakerInvited,
    SpeakerReminded,
    SpeakerWithdrawn,
)
from colloque.runtime.refusal import Invalid, NotFound, Refusal
from colloque.runtime.work import Change, Document, Lookup

from .assignment import Answer, Assignment
from .draft import Draft
from .edition import Edition
from .published import cast, frame_of
from .release import Programme
from .session import Session

A_WHILE = timedelta(hours=24)
"""Nobody is written to twice within it."""


class NoSuchInvitation(NotFound):
    """Never sent, taken back, or replaced by a newer one."""


class AlreadyInvited(Refusal):
    """A mail has gone: remind them instead."""


class AnsweredAlready(Refusal):
    """Nobody is reminded of what they have answered."""


class NotYetInvited(Refusal):
    """Nobody can be reminded of what they were never asked."""


class RemindedLately(Refusal):
    pass


class InvitationExpired(Refusal):
    """It was to be answered by a certain hour, which has passed."""

    status = 410


class TooLateToAnswer(Invalid):
    """The hour to answer by has passed already."""


class By(StrEnum):
    """Who said what was answered."""

    SPEAKER = "speaker"
    ORGANISER = "organiser"


F = TypeVar("F", bound=SpeakerFact)


class Invitation(Document):
    """Its id is the assignment's: `<edition>/<session>.<person>.<role>`. `links`: the generation of the mailed links
    that open it."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition", "person")

    edition: str
    session: str
    person: str
    role: str
    links: int = 0
    sent_at: datetime | None = None
    until: datetime | None = None
    told_at: datetime | None = None
    """When the last mail that asks was sent."""
    reminded: int = 0
    answered_at: datetime | None = None
    answered_by: By | None = None
    message: str = ""
    """What came with the answer. It never leaves this room."""
    undelivered: int = 0
    """What a mail server said when it would not take a mail that asks."""

    @property
    def key(self) -> str:
        return f"{self.person}.{self.role}"

    @property
    def waits(self) -> bool:
        return self.sent_at is not None and self.answered_at is None

    def late(self, at: datetime) -> bool:
        return self.until is not None and at >= self.until

    # ---- decisions
    def sent(self, at: datetime, until: datetime | None) -> Invitation:
        if self.sent_at is not None:
            raise AlreadyInvited("They have been invited already.", objects=(f"assignment/{self.id}",))
        return self.becomes(sent_at=at, told_at=at, until=until)

    def reminded_again(self, at: datetime) -> Invitation:
        if self.told_at is None:
            raise NotYetInvited("They have not been invited yet.", objects=(f"assignment/{self.id}",))
        if at - self.told_at < A_WHILE:
            raise RemindedLately("They were written to less than a day ago.", objects=(f"assignment/{self.id}",))
        return self.becomes(told_at=at, reminded=self.reminded + 1, undelivered=0)

    def in_time(self, at: datetime) -> Invitation:
        if self.late(at):
            raise InvitationExpired("It was to be answered earlier.", objects=(f"assignment/{self.id}",))
        return self

    def answered(self, at: datetime, by: By | None, message: str) -> Invitation:
        """What speakers wrote stays when an organiser notes something without a word."""
        return self.becomes(answered_at=at, answered_by=by, message=message or self.message)

    def bounced(self, status: int) -> Invitation:
        return self.becomes(undelivered=status)

    def anew(self) -> Invitation:
        """As if nothing had passed, and every link that went out before is dead."""
        fresh = Invitation(id=self.id, edition=self.edition, session=self.session, person=self.person, role=self.role)
        return fresh.model_copy(update={"version": self.version + 1, "links": self.links + 1})

    def next_reminder(self, edition: Edition) -> datetime | None:
        rules = edition.speakers
        if self.told_at is None or self.reminded >= rules.reminders:
            return None
        at = self.told_at + timedelta(days=rules.remind_after_days)
        return None if self.late(at) else at


def id_of(session: Session, one: Assignment) -> str:
    return f"{session.edition}/{session.key}.{one.key}"


def parts_of(id: str) -> tuple[str, str, str]:
    """The edition, the session's key, and `<person>.<role>`."""
    edition, _, rest = id.partition("/")
    session, _, key = rest.partition(".")
    return edition, session, key


def begun(session: Session, one: Assignment) -> Invitation:
    return Invitation(
        id=id_of(session, one),
        version=-1,
        edition=session.edition,
        session=session.key,
        person=one.person,
        role=one.role,
    )


def as_known(session: Session, draft: Draft, programme: Programme | None) -> tuple[SessionFrame | None, int]:
    """As released (by which release), for that is what calendars hold; before its first release (0), as the draft has
    it, if it has hours."""
    if programme is not None and (known := programme.session(session.key)):
        return known.frame, programme.n
    return (frame_of(session, draft, 0) if session.time and session.room else None), 0


class Stage:
    """What all facts of a speaker say besides: the edition, and the session as people may know it."""

    def __init__(self, edition: Edition, draft: Draft, programme: Programme | None) -> None:
        self.edition, self._draft, self._programme = edition, draft, programme

    def tell(self, kind: type[F], session: Session, invitation: Invitation, at: datetime, **more: Any) -> F:
        now, release = as_known(session, self._draft, self._programme)
        return kind(
            subject=invitation.id,
            at=at,
            edition=self.edition.id,
            session=session.key,
            person=invitation.person,
            role=invitation.role,
            links=invitation.links,
            frame=self.edition.frame,
            title=dict(session.title),
            now=now,
            release=release,
            **more,
        )

    def invite(
        self, session: Session, one: Assignment, known: Invitation | None, at: datetime, until: datetime | None
    ) -> Change[Invitation]:
        session.must_stand()
        if one.state is not Answer.INVITED:
            raise AlreadyInvited(
                f"They have answered already: {one.state}.", objects=(f"assignment/{id_of(session, one)}",)
            )
        sent = (known or begun(session, one)).sent(at, until)
        if sent.late(at):
            raise TooLateToAnswer("The hour to answer by has passed already.", field="until")
        return Change(sent, (self.tell(SpeakerInvited, session, sent, at, until=until),))

    def remind(self, session: Session, invitation: Invitation, at: datetime) -> Change[Invitation]:
        after = invitation.reminded_again(at)
        return Change(after, (self.tell(SpeakerReminded, session, after, at, until=after.until),))

    def answer(
        self,
        session: Session,
        invitation: Invitation,
        answer: Answer,
        at: datetime,
        *,
        by: By | None = None,
        message: str = "",
    ) -> Change[Invitation]:
        """Nobody says that an invitation expires."""
        after = invitation.answered(at, by, message)
        return Change(after, (self._answer(session, after, answer, at, by),))

    def _answer(
        self, session: Session, invitation: Invitation, answer: Answer, at: datetime, by: By | None
    ) -> SpeakerFact:
        match answer:
            case Answer.CONFIRMED:
                return self.tell(SpeakerConfirmed, session, invitation, at, by=by)
            case Answer.DECLINED:
                return self.tell(SpeakerDeclined, session, invitation, at, by=by)
            case Answer.WITHDRAWN:
                return self.tell(SpeakerWithdrawn, session, invitation, at, by=by)
            case Answer.EXPIRED:
                return self.tell(SpeakerExpired, session, invitation, at)
            case Answer.INVITED:
                raise ValueError("to be invited is no answer")


def recast(programme: Programme, session: Session, names: Mapping[str, str]) -> Programme:
    """What the public reads of who speaks there follows the answers, not the releases."""
    known = {**programme.names, **names}
    members = cast(session)
    if programme.session(session.key) is None or programme.cast.get(session.key, ()) == members:
        return programme if known == programme.names else programme.becomes(names=known)
    return programme.becomes(names=known, cast={**programme.cast, session.key: members})
