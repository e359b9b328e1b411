"""C's letters, as the postman wants them."""

from __future__ import annotations

from collections.abc import Sequence

from colloque.runtime.desk import Desk
from colloque.runtime.mailer.port import Deferred, Failed, Outcome, Sent, Unreachable
from colloque.runtime.mailing import NotYet, Suppressed, Writing, Written
from colloque.runtime.work import Command, Document
from tests.simulation.rooms.words import Known, Letter, SettleLetter


class Letters:
    """C's mailing: a letter is its own id."""

    kind = Letter

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def write(self, mails: Sequence[Letter]) -> Sequence[Writing]:
        known = await self._desk.store.fetch([(Known, mail.person) for mail in mails])
        found = [known.documents[Known, mail.person] for mail in mails]
        return [_written(mail, one) for mail, one in zip(mails, found, strict=True)]

    def supersedes(self, newer: Letter, older: Letter) -> bool:
        return newer.revision > older.revision

    def report(self, mail: Letter, result: Outcome | Suppressed, written: Written | None) -> Command:  # noqa: ARG002 - a port
        words = {
            Sent: "sent",
            Failed: "failed",
            Suppressed: "suppressed",
            Deferred: "deferred",
            Unreachable: "deferred",
        }
        return SettleLetter(letter=mail.id, result=words[type(result)])


def _written(letter: Letter, known: Document | None) -> Writing:
    if not isinstance(known, Known):
        return NotYet((Known, letter.person))
    if known.erased:
        return Suppressed("erased")
    return Written("house", letter.person, letter.id.encode())
