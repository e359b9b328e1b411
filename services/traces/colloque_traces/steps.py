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
from colloque_traces.domain.ledger import HOUSE, Edition, Life, Sheaf, Stuck, freed_by, stuck_by
from colloque_traces.domain.produced import Produced


async def keep_line(line: TraceLine, work: Work) -> Answer:
    """Kept as it came, with what else comes in this turn, and counted once."""
    scope, stuck, freed = line.scope or HOUSE, list(stuck_by(line)), list(freed_by(line))
    keys: list[Key] = [(Produced, scope), (Sheaf, Sheaf.named_after(line)), (Life, line.room)]
    await work.ahead(*keys, *((Stuck, id) for id in (*stuck, *freed)))

    life = await work.get(Life, line.room) or Life.of(line.room)
    if line.epoch > life.epoch or life.version < 0:
        work.keep(Change(life.becomes(epoch=max(line.epoch, life.epoch))))
    produced = await work.get(Produced, scope) or Produced(id=scope, version=-1)
    told_before = produced.may_know(line) and await _is_kept(line, work)
    sheaf = await _open_sheaf(line, produced, work)
    work.keep(Change(sheaf.with_line(line)))
    after = produced.keeping(line, sheaf.id, sheaf.n, work.now)
    work.keep(Change(after if told_before else after.counting(line)))

    for id in stuck:
        if await work.get(Stuck, id) is None:
            work.keep(Change(Stuck(id=id, edition=line.scope, story=line.story, at=line.at)))
    for id in freed:
        if (lay := await work.get(Stuck, id)) is not None:
            work.keep(Change(lay, gone=True))
    return None


async def _open_sheaf(line: TraceLine, produced: Produced, work: Work) -> Sheaf:
    """The one of this turn while there is room in it, else a new one: what is written down once is only read again."""
    if produced.kept_at == work.now:
        sheaf = await work.get(Sheaf, produced.sheaf)
        if sheaf is not None and not sheaf.full:
            return sheaf
    return await work.get(Sheaf, Sheaf.named_after(line)) or Sheaf.begun_with(line, produced.sheaves + 1)


async def _is_kept(line: TraceLine, work: Work) -> bool:
    kept = await work.find(Sheaf, stories=line.story)
    return any((one.room, one.id) == (line.room, line.id) for sheaf in kept for one in sheaf.lines(line.story))


async def keep_steps(fact: RoomOpened, work: Work) -> Answer:
    work.keep(Change((await work.get(Life, fact.subject) or Life.of(fact.subject)).opened(fact)))
    return None


async def keep_edition(fact: EditionFact, work: Work) -> Answer:
    known = await work.get(Edition, fact.subject)
    work.keep(Change(known.becomes(frame=fact.frame) if known else Edition(id=fact.subject, frame=fact.frame)))
    return None


STEPS = (
    Steps()
    .on(TraceLine, keep_line, patience=0.1)  # whoever looks at a trace comes later than that
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
KINDS: tuple[type[Document], ...] = (Edition, Sheaf, Stuck, Life, Produced, *RIGHTS_KINDS)
