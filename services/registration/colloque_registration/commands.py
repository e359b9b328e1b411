"""What may be asked of this room."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from colloque.contracts.fact import EditionId, PersonRef, RegistrationId, SessionId
from colloque.runtime.work import Command
from colloque_registration.domain.consents import Purpose
from colloque_registration.domain.names import Line, Name
from colloque_registration.domain.states import Category, FirstTime

Locale = Literal["fr", "en"]
Role = Literal["owner", "organiser", "programme", "desk", "viewer"]
Email = Line
"""Checked and made regular by whoever read it."""

_NOT_COMPARED = "sealing the same needs twice gives two texts, and a form that came twice is still the same form"


class SubmitRegistration(Command):
    """A form came in. `proxy`: the mailbox is that of whoever filled it in, the person has none."""

    edition: EditionId
    given: Name
    family: Name
    email: Email
    phone: str = ""
    locale: Locale = "fr"
    on_behalf: bool = False
    proxy: bool = False
    entered_by: Line = ""
    category: Category | None = None
    first_time: FirstTime = "no_answer"
    sessions: tuple[SessionId, ...] = ()
    needs: str = Field(default="", exclude=True, description=_NOT_COMPARED)
    consents: tuple[Purpose, ...] = ()


class OneRegistration(Command):
    """Something about one registration, asked by a link of the generation `links`."""

    registration: RegistrationId
    links: int

    @property
    def about(self) -> str:
        return self.registration


class ConfirmRegistration(OneRegistration):
    """The click that takes the place."""


class ChangeSessions(OneRegistration):
    sessions: tuple[SessionId, ...]


class SettleClash(OneRegistration):
    """Two sessions that it holds are at the same time now: one of them is given up."""

    keep: SessionId
    drop: SessionId


class ChangeNeeds(OneRegistration):
    needs: str = Field(default="", exclude=True, description=_NOT_COMPARED)


class ChangeConsent(OneRegistration):
    purpose: Purpose
    given: bool


class CancelRegistration(OneRegistration):
    pass


class AcceptOffer(OneRegistration):
    """The click that takes the place that is offered."""


class DeclineOffer(OneRegistration):
    """« Not now »: the place goes to the next, and who declines to the end of the line."""


class ExpireOffer(Command):
    """Due when an offer ends."""

    registration: RegistrationId

    @property
    def about(self) -> str:
        return self.registration


class OfferPlace(Command):
    """An organiser puts somebody ahead of the line, and says why: what is free, or freed next, is offered to them."""

    edition: EditionId
    registration: RegistrationId
    reason: str = Field(min_length=1, max_length=300)
    by: PersonRef


class ExpireRegistration(Command):
    """Due 48 hours after the form."""

    registration: RegistrationId

    @property
    def about(self) -> str:
        return self.registration


class TellOfRelease(Command):
    """Those concerned by release `n`, from the number after `after` on: one slice of them, and then the next."""

    edition: EditionId
    n: int
    after: int = 0

    @property
    def about(self) -> str:
        return self.edition


class DescribePerson(Command):
    """A program says who somebody is; `external` is its own name for them, and says it is the same person again."""

    external: str = Field(min_length=1, max_length=120)
    given: Name
    family: Name
    email: Email
    locale: Locale = "fr"


class GrantRole(Command):
    """Whoever has that address becomes an organiser; unknown people are made known by `given` and `family`."""

    email: Email
    given: Name
    family: Name
    locale: Locale = "fr"
    role: Role
    scope: str = Field(pattern=r"^(house|series:[\w.-]+|edition:[\w.-]+)$")


class RevokeRole(Command):
    organiser: PersonRef
    role: Role
    scope: str


class IssueToken(Command):
    """`hash`: the token itself never comes this far. It is new each time, so a request that came twice is known without
    it, and its second token is never any good."""

    organiser: PersonRef
    role: Role
    scope: str = Field(pattern=r"^(house|series:[\w.-]+|edition:[\w.-]+)$")
    hash: str = Field(pattern=r"^[0-9a-f]{64}$", exclude=True)
    expires_at: datetime | None = None


class RevokeToken(Command):
    token: str


class RequestSignIn(Command):
    """Somebody would like a link to the console: the answer is the same whether or not they are known."""

    email: Email
    locale: Locale = "fr"


class EnterConsole(Command):
    """A link from a mail, good once."""

    nonce: str


class NoteExport(Command):
    """Personal data leave by a file: the trace says which, for what and by whom."""

    edition: EditionId
    purpose: Literal["badges", "catering", "attendance"]
    by: PersonRef
    rows: int
    sha256: str
    size: int
