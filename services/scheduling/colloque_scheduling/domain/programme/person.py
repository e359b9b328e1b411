"""The names of people whom organisers have described: those who may speak. Nobody else's are kept here."""

from __future__ import annotations

from colloque.contracts.registration import Contact
from colloque.runtime.work import Document


class Person(Document):
    """Of an erased one nothing is left but that."""

    epoch: int
    revision: int
    given: str = ""
    family: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @staticmethod
    def of(fact: Contact) -> Person:
        known = Person(id=fact.subject, version=-1, epoch=fact.epoch, revision=fact.revision)
        return known.becomes() if fact.erased else known.becomes(given=fact.given, family=fact.family)

    def is_newer_than(self, known: Person) -> bool:
        return (self.epoch, self.revision) > (known.epoch, known.revision)
