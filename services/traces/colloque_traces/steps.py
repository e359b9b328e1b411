"""What this room does about what it hears: the whole of it on one screen. Nobody asks it anything."""

from __future__ import annotations

from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionClosed,
    EditionFact,
    EditionOpened,
    EditionPostponed,
    RegistrationClosed,
)
from colloque.contracts.traces import RoomOpened, TraceLine
from colloque.runtime.work import Answer, Change, Document, Key, Steps, Work
from colloque.web.rights import RIGHTS_KINDS, RIGHTS_STEPS
from colloque_traces.domain.ledger import Edition, Entry, Life, Story, Stuck, entry_id, freed_by, stuck_by
from colloque_traces.domain.produced import Produced


async def keep_line(line: TraceLine, work: Work) -> Answer:
    """A line that has come before changes nothing but the life it is known to belong to."""
    stuck, freed = list(stuck_by(line)), list(freed_by(line))
    keys: list[Key] = [(Entry, entry_id(line)), (Story, line.story), (Life, line.room)]
    keys += [(Stuck, id) for id in (*stuck, *freed)]
    if line.scope is not None:
        keys.append((Produced, line.scope))
    await work.ahead(*keys)

    life = await work.get(Life, line.room) or Life.of(line.room)
    if line.epoch > life.epoch or life.version < 0:
        work.keep(Change(life.becomes(epoch=max(line.epoch, life.epoch))))
    if (known := await work.get(Entry, entry_id(line))) is not None:
        if line.epoch > known.epoch:
            work.keep(Change(known.becomes(epoch=line.epoch)))
        return None
    work.keep(Change(Entry.of(line)))
    await _count(line, work)
    for id in stuck:
        if await work.get(Stuck, id) is None:
            work.keep(Change(Stuck(id=id, edition=line.scope, story=line.story, at=line.at)))
    for id in freed:
        if (lay := await work.get(Stuck, id)) is not None:
            work.keep(Change(lay, gone=True))
    return None


async def _count(line: TraceLine, work: Work) -> None:
    story = await work.get(Story, line.story) or Story.begun_by(line)
    if line.scope is None:
        told = story.learns_from(line, 0)
    else:
        produced = await work.get(Produced, line.scope) or Produced(id=line.scope, version=-1)
        told = story.learns_from(line, produced.stories + 1)
        work.keep(Change(produced.counting(line, new_story=story.edition is None)))
    if told is not story:
        work.keep(Change(told))


async def keep_steps(fact: RoomOpened, work: Work) -> Answer:
    work.keep(Change((await work.get(Life, fact.subject) or Life.of(fact.subject)).opened(fact)))
    return None


async def keep_edition(fact: EditionFact, work: Work) -> Answer:
    known = await work.get(Edition, fact.subject)
    work.keep(Change(known.becomes(frame=fact.frame) if known else Edition(id=fact.subject, frame=fact.frame)))
    return None


STEPS = (
    Steps()
    .on(TraceLine, keep_line)
    .on(RoomOpened, keep_steps)
    .on(EditionAnnounced, keep_edition)
    .on(EditionOpened, keep_edition)
    .on(EditionAmended, keep_edition)
    .on(RegistrationClosed, keep_edition)
    .on(EditionPostponed, keep_edition)
    .on(EditionCancelled, keep_edition)
    .on(EditionClosed, keep_edition)
    .joined(RIGHTS_STEPS)
)
KINDS: tuple[type[Document], ...] = (Edition, Entry, Story, Stuck, Life, Produced, *RIGHTS_KINDS)
