"""The line of those who wait for a place in an edition."""

from __future__ import annotations

from colloque.contracts.fact import RegistrationId
from colloque.runtime.work import Change, Document


class Waitlist(Document):
    """Its id is the edition. A rank is the place in line at that moment: those behind somebody who leaves move up."""

    line: tuple[RegistrationId, ...] = ()

    def rank(self, registration: RegistrationId) -> int | None:
        return self.line.index(registration) + 1 if registration in self.line else None

    def joined(self, registration: RegistrationId) -> Change[Waitlist]:
        return Change(self.becomes(line=(*self.line, registration)))

    def left(self, registration: RegistrationId) -> Change[Waitlist]:
        return Change(self.becomes(line=tuple(one for one in self.line if one != registration)))
