"""One step of one message on its way through a turn: its frame, and the line it leaves."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from colloque.contracts.traces import Output
from colloque.runtime.journal import parcels_of, partition, scope_of
from colloque.runtime.message import Kind, Message
from colloque.runtime.parked import CannotReplay, NothingParked, Parked, ParkedFact, parked_id
from colloque.runtime.refusal import Refusal
from colloque.runtime.store.port import LineRecord
from colloque.runtime.work import Answer, Need, Step, Work

if TYPE_CHECKING:
    from colloque.runtime.turn import Turn

TRIES = 3
"""How often a message is tried again after a bug, before it is parked."""


def line_id(message: Message, step: Step) -> str:
    """A replay has a line of its own."""
    suffix = "/replay" if message.kind is Kind.REPLAY else ""
    return f"{message.cause.id}/{step.__name__}{suffix}"


class Run:
    """One step of one message in one turn."""

    __slots__ = (
        "answer",
        "begun",
        "bug",
        "id",
        "message",
        "outcome",
        "reason",
        "refusal",
        "stale",
        "step",
        "turn",
        "work",
    )

    def __init__(self, turn: Turn, message: Message, step: Step) -> None:
        self.turn, self.message, self.step = turn, message, step
        self.id = line_id(message, step)
        self.bug: BaseException | None = None
        self.begun = False

    @property
    def name(self) -> str:
        return self.step.__name__

    def begin(self) -> Coroutine[Need, None, None]:
        m, turn = self.message, self.turn
        self.work = Work(
            turn.view,
            m.layer,
            now=turn.now,
            cause=m.cause.id,
            story=m.cause.story,
            line=self.id,
            key=turn.key,
            lined=m.kind not in (Kind.CONTACT, Kind.TRACE),
        )
        self.answer: Answer = None
        self.outcome: str | None = None
        self.reason: str | None = None
        self.refusal: Refusal | None = None
        self.begun, self.stale = True, False
        return self._perform()

    async def _perform(self) -> None:
        """The step in its frame: timers, parking, uniqueness, refusals."""
        m, noted = self.message, self.work.noted
        if not await self._may_run():
            return
        frame = dict(noted.changes)
        try:
            if m.doom is not None:
                raise m.doom
            self.answer = await self.step(m.body, self.work)
            await self.work.settle_unread()
            self.outcome = "done"
        except Refusal as refusal:
            self.refusal, self.outcome, self.reason, self.answer = refusal, "refused", refusal.slug, None
            noted.changes, noted.facts, noted.outputs = frame, [], []

    async def _may_run(self) -> bool:
        """False when there is nothing to run: a timer that moved or fired, a fact that is parked."""
        m = self.message
        match m.kind:
            case Kind.TIMER:
                return await self._take_timer()
            case Kind.REPLAY:
                return await self._take_parked()
            case Kind.FACT | Kind.CONTACT | Kind.TRACE:
                return not await self._park_if_due()
        return True

    async def _take_timer(self) -> bool:
        """It is read again in the turn that fires it, and is gone in the same commit, refused or not."""
        expected = self.message.timer
        assert expected is not None
        timer = await self.work.get(type(expected), expected.id)
        if timer is None or timer.set_by != expected.set_by:
            return False
        self.work.noted.changes[type(expected), expected.id] = None
        return True

    async def _take_parked(self) -> bool:
        """A replay takes the head of its queue and nothing else."""
        m = self.message
        assert m.replays is not None
        queue = await self.work.get(Parked, m.replays)
        rest = queue.without_head(m.cause.id) if queue else None
        if queue is None or rest is None:
            self._refuse(NothingParked(f"{m.cause.id} is not the head of {m.replays}"))
        elif m.body is None:
            self._refuse(CannotReplay(f"{m.type} has nothing to replay"))
        else:
            self._lay(rest)
            return True
        return False

    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal

    async def _park_if_due(self) -> bool:
        """After its last try; or at once, behind an earlier fact of the same subject, so that order is kept."""
        m = self.message
        due = m.malformed or (m.tries > TRIES and self.name in m.bugs)
        if not self.turn.parking:
            return False
        id = parked_id(self.name, m.subject)
        queue = await self.work.get(Parked, id)
        if not due and queue is None:
            return False
        error = "malformed" if m.malformed else m.bugs.get(self.name, "behind an earlier one")
        body = None if m.kind is Kind.CONTACT else m.raw.decode(errors="replace")
        digest = sha256(m.raw).hexdigest()
        fact = ParkedFact(
            cause=m.cause.id, story=m.cause.story, type=m.type, body=body, sha256=digest,
            stream=m.stream or "", seq=m.place.seq, error=error, at=self.turn.now,
        )  # fmt: skip
        new = Parked(id=id, step=self.name, subject=m.subject, since=self.turn.now, queue=(fact,))
        self._lay(queue.behind(fact) if queue else new)
        self.outcome, self.reason = "parked", error
        return True

    def _lay(self, parked: Parked) -> None:
        self.work.noted.reads.add((Parked, parked.id))
        self.work.noted.changes[Parked, parked.id] = parked if parked.queue else None

    # ---- what it leaves in the journal
    @property
    def writes_line(self) -> bool:
        """Without one: what a person outside was refused, a timer or replay that came too late, contacts and trace
        lines (else traces would beget traces)."""
        m = self.message
        if self.outcome is None or m.kind in (Kind.TRACE, Kind.CONTACT):
            return self.outcome == "parked"
        return not (self.outcome == "refused" and m.answers_outside)

    def line(self, took_ms: float) -> LineRecord:
        m, noted, room = self.message, self.work.noted, self.turn.room
        parcels = parcels_of(room, self.id, noted.facts)
        kept = [document for document in noted.changes.values() if document is not None]
        record: LineRecord = {
            "_id": self.id,
            "n": 0,
            "story": m.cause.story,
            "cause": m.cause.id,
            "message": m.type,
            "digest": m.digest,
            "step": self.name,
            "scope": scope_of(m.body, *noted.facts, *kept),
            "at": self.turn.now,
            "took_ms": took_ms,
            "outcome": self.outcome,
            "reason": self.reason,
            "answer": self.answer,
            "outputs": [o.model_dump(exclude_none=True) for o in self._outputs(parcels)],
            "parcels": parcels,
            "trace": {"partition": partition(m.cause.story), "seq": 0},
        }
        if m.traceparent:
            record["traceparent"] = m.traceparent
        return record

    def _outputs(self, parcels: Sequence[dict[str, Any]]) -> Iterable[Output]:
        for (kind, id), document in self.work.noted.changes.items():
            name = document.called if document is not None else f"{kind.__name__} (gone)"
            yield Output(kind=kind.output, ref=id, type=name, version=document.version if document else None)
        for parcel in parcels:
            yield Output(kind="fact", ref=parcel["id"], type=parcel["type"])
        yield from self.work.noted.outputs
