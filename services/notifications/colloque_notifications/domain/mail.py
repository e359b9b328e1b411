"""A mail: a document with a state. It says what it tells of by references; the words are made when it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from colloque.contracts.fact import EditionId, PersonRef
from colloque.contracts.notifications import MessageFailed, MessageSent, MessageSuppressed
from colloque.runtime.work import Change, Document, Lookup, keyed_id

State = Literal["queued", "deferred", "sent", "failed", "suppressed"]
STATES: tuple[State, ...] = ("queued", "deferred", "sent", "failed", "suppressed")
OPEN: tuple[State, ...] = ("queued", "deferred")

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600, 3 * 3600, 8 * 3600, 24 * 3600))
"""From one try to the next while the server says « not now »; then once a day."""
PATIENCE = timedelta(days=5)
"""After which nobody waits any more: it has failed."""


class Mail(Document):
    """`context` holds references and numbers only. `wording` is the version of the template's words. `lane`: what it
    says must not overtake, nor be overtaken by, another of the same lane; `after` is the one then still to be sent.
    `seq` counts the mails of an edition without a hole."""

    lookups: ClassVar[tuple[Lookup, ...]] = (("open", "lane"),)
    windows: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("state", "due_at"),
        ("edition", "seq"),
        ("edition", "template", "seq"),
        ("edition", "state", "seq"),
    )
    output: ClassVar[str] = "mail"

    template: str
    wording: int
    context: dict[str, Any]
    person: PersonRef
    edition: EditionId | None
    about: str
    story: str
    cause: str
    queued_at: datetime
    due_at: datetime
    useful_until: datetime | None = None
    lane: str = ""
    after: str = ""
    first: str = ""
    """The mail that this one says again, when an organiser asked for it."""
    seq: int = 0
    state: State = "queued"
    open: bool = True
    attempts: int = 0
    settled_at: datetime | None = None
    status: int = 0
    """What the mail server last answered: its reply code."""
    words: str = ""
    """And its words, which may name an address and do not leave this room."""
    reason: str = ""
    sha256: str = ""
    size: int = 0

    @property
    def called(self) -> str:
        return self.template

    @staticmethod
    def id_of(cause: str, template: str, person: PersonRef) -> str:
        """A second try of the same step cannot make a second mail."""
        return keyed_id(b"", cause, template, person)

    def sent(self, at: datetime, *, sha256: str, size: int) -> Change[Mail]:
        told = MessageSent(**self._told(at))
        return Change(self._settled("sent", at, sha256=sha256, size=size), (told,))

    def failed(self, at: datetime, status: int, words: str) -> Change[Mail]:
        told = MessageFailed(**self._told(at), status=status)
        return Change(self._settled("failed", at, status=status, words=words), (told,))

    def suppressed(self, at: datetime, reason: str) -> Change[Mail]:
        told = MessageSuppressed(**self._told(at), reason=reason)
        return Change(self._settled("suppressed", at, reason=reason), (told,))

    def deferred(self, at: datetime, status: int, words: str) -> Change[Mail]:
        """Later, and ever later; after five days never."""
        if at - self.queued_at >= PATIENCE:
            return self.failed(at, status, words)
        delay = DELAYS[min(self.attempts, len(DELAYS) - 1)]
        return Change(
            self.becomes(state="deferred", attempts=self.attempts + 1, due_at=at + delay, status=status, words=words)
        )

    def _settled(self, state: State, at: datetime, **values: Any) -> Mail:
        return self.becomes(state=state, open=False, attempts=self.attempts + 1, settled_at=at, **values)

    def _told(self, at: datetime) -> dict[str, Any]:
        return {
            "subject": self.id,
            "at": at,
            "template": self.template,
            "person": self.person,
            "about": self.about,
            "edition": self.edition,
        }


class MailBook(Document):
    """Of one edition: how many mails there are (`n`), and of each template in which state."""

    n: int = 0
    counts: Mapping[str, int] = Field(default_factory=dict)

    def with_one_more(self, mail: Mail) -> MailBook:
        return self.becomes(n=self.n + 1, counts=self._moved(None, mail))

    def with_moved(self, before: Mail, after: Mail) -> MailBook:
        return self.becomes(counts=self._moved(before, after))

    def _moved(self, before: Mail | None, after: Mail) -> dict[str, int]:
        counts = dict(self.counts)
        if before is not None:
            counts[_drawer(before)] = counts.get(_drawer(before), 0) - 1
        counts[_drawer(after)] = counts.get(_drawer(after), 0) + 1
        return {drawer: count for drawer, count in counts.items() if count}

    def of_state(self, *states: str) -> int:
        return sum(count for drawer, count in self.counts.items() if drawer.split("/")[1] in states)

    def of_template(self, template: str) -> int:
        return sum(count for drawer, count in self.counts.items() if drawer.split("/")[0] == template)

    @property
    def templates(self) -> list[str]:
        return sorted({drawer.split("/")[0] for drawer in self.counts})


def _drawer(mail: Mail) -> str:
    return f"{mail.template}/{mail.state}"
