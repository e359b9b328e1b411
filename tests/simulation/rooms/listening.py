"""What the others do about it: B allots places, C writes letters, T keeps what comes."""

from __future__ import annotations

from datetime import timedelta

from colloque.contracts.registration import Contact
from colloque.contracts.traces import TraceLine
from colloque.runtime.journal import partition
from colloque.runtime.work import Answer, Change, Work, keyed_id
from tests.simulation.rooms.words import (
    About,
    Allot,
    Allotted,
    Known,
    Ledger,
    Letter,
    NotSo,
    OddAsRead,
    Registered,
    Reported,
    SettleLetter,
    Tally,
)


async def tally(fact: About, work: Work) -> Answer:
    """B's first step: a contended count."""
    known = await work.get(Tally, fact.edition) or Tally(id=fact.edition)
    work.keep(Change(known.becomes(count=known.count + 1)))
    return None


async def allot(fact: About, work: Work) -> Answer:
    """B's second step: sees the first one's change, and tells a fact."""
    known = await work.get(Allot, fact.subject) or Allot(id=fact.subject)
    tallied = await work.get(Tally, fact.edition)
    count = tallied.count if tallied else -1
    told = (Allotted(subject=fact.subject, at=work.now, place=count),) if isinstance(fact, Registered) else ()
    work.keep(Change(known.becomes(log=(*known.log, (fact.type, count))), told))
    return None


async def read_odd(fact: OddAsRead, work: Work) -> Answer:
    raise AssertionError(f"{fact.weight} can be read, {work.cause}")


async def write(fact: About, work: Work) -> Answer:
    """C: a letter; it waits for the one of its lane that is still to be sent, or finds that one superseded."""
    waiting = [old for old in await work.find(Letter, lane=fact.subject) if old.state == "queued"]
    before = max(waiting, key=lambda old: old.revision).id if waiting else ""
    id = keyed_id(b"letter", work.cause, fact.type, fact.person)
    letter = Letter(
        id=id,
        due_at=work.now,
        lane=fact.subject,
        after=before,
        story=work.story,
        person=fact.person,
        revision=fact.revision,
    )
    work.keep(Change(letter))
    return None


async def settle_letter(command: SettleLetter, work: Work) -> Answer:
    """What came of a letter; the first « sent » is the last word."""
    letter = await work.get(Letter, command.letter)
    result = command.result
    if letter is None or letter.state == "sent" or (letter.state == "failed" and result != "sent"):
        raise NotSo("settled")
    if result == "deferred":
        later = work.now + timedelta(seconds=1.5**letter.attempts)
        work.keep(Change(letter.becomes(due_at=later, attempts=letter.attempts + 1)))
    else:
        told = Reported(subject=letter.lane, at=work.now, letter=letter.id, result=result)
        work.keep(Change(letter.becomes(state=result), (told,)))
    return None


async def keep_contact(contact: Contact, work: Work) -> Answer:
    """C, without a line: an older one never replaces a newer one."""
    known = await work.get(Known, contact.subject)
    if known is None or known.place < (contact.epoch, contact.revision):
        version = known.version + 1 if known else 0
        new = Known(
            id=contact.subject,
            version=version,
            epoch=contact.epoch,
            revision=contact.revision,
            erased=contact.erased,
        )
        work.keep(Change(new))
    return None


async def keep_line(line: TraceLine, work: Work) -> Answer:
    """T, without a line of its own."""
    key = f"{line.room}/{line.epoch}/{partition(line.story)}"
    known = await work.get(Ledger, key) or Ledger(id=key)
    work.keep(Change(known.becomes(lines=(*known.lines, line.id))))
    return None
