"""People, and the contact the other rooms copy."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from colloque.contracts.fact import EditionId, Frozen, RegistrationId
from colloque.contracts.registration import ContactChanged
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Change, Document
from colloque_registration.domain.names import fold


class KnownContact(Refusal):
    """Somebody else has this contact."""


class UnknownPerson(Refusal):
    status = 404


class TooManyFromOneMailbox(Refusal):
    """Each registration on behalf writes a mail to one mailbox: so many in an hour are no longer meant well."""

    status = 429


def own_key(email: str) -> str:
    """Somebody with a mailbox of their own is that mailbox."""
    return f"own {email.casefold()}"


def proxy_key(email: str, given: str, family: str) -> str:
    """Somebody without one is a name at the mailbox of whoever speaks for them."""
    return f"via {email.casefold()} {fold(given)} {fold(family)}"


class Returned(Frozen):
    """What a mail server said, when it would not take a mail to them."""

    at: datetime
    status: int


class Person(Document):
    """`key`: what makes two registrations one person. `revision`: of the contact, told to the other rooms.
    `registrations`: the latest one in each edition; since it stands here, a person cannot have two that live."""

    lookups = ("key", "external")
    unique = {"key": KnownContact}  # noqa: RUF012 (declared ClassVar by Document)

    key: str
    given: str
    family: str
    email: str
    locale: str
    phone: str = ""
    external: tuple[str, ...] = ()
    """By which names programs outside know them."""
    revision: int = 1
    returned: Returned | None = None
    """The last mail that did not arrive at this address."""
    registrations: dict[EditionId, RegistrationId] = Field(default_factory=dict)

    def introduced(self, at: datetime) -> Change[Person]:
        return Change(self, (ContactChanged(subject=self.id, at=at),))

    def registered(self, edition: EditionId, registration: RegistrationId) -> Change[Person]:
        return Change(self.becomes(registrations={**self.registrations, edition: registration}))

    def unreached(self, at: datetime, status: int) -> Change[Person]:
        return Change(self.becomes(returned=Returned(at=at, status=status)))

    def described(
        self, at: datetime, *, given: str, family: str, email: str, locale: str, external: str
    ) -> Change[Person]:
        """As somebody entitled to it says. Nothing is told when the contact stays as it is; that somebody has described
        them at all is part of it."""
        known = self.external if external in self.external else (*self.external, external)
        contact = {"given": given, "family": family, "email": email, "locale": locale}
        if self.external and all(getattr(self, name) == value for name, value in contact.items()):
            return Change(self if known == self.external else self.becomes(external=known))
        if email.casefold() == self.email.casefold():
            changed = self.becomes(**contact, external=known, revision=self.revision + 1)
        else:
            elsewhere = {"key": own_key(email), "returned": None}
            changed = self.becomes(**contact, **elsewhere, external=known, revision=self.revision + 1)
        return Change(changed, (ContactChanged(subject=self.id, at=at),))


class ProxyMailbox(Document):
    """How many confirmations the mailbox of somebody who registers others has been sent since `since`."""

    lookups = ("address",)

    address: str
    since: datetime
    sent: int = 0

    def one_more(self, at: datetime, most: int) -> Change[ProxyMailbox]:
        if at - self.since >= timedelta(hours=1):
            return Change(self.becomes(since=at, sent=1))
        if self.sent >= most:
            raise TooManyFromOneMailbox(f"{most} an hour", field="email")
        return Change(self.becomes(sent=self.sent + 1))
