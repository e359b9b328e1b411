"""Puts the lines of a story in order: who caused whom, which line stands for which, what has not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from colloque.contracts.traces import Output, TraceLine
from colloque_traces.domain.chain.links import (
    REPORTS,
    WAITING,
    Chain,
    Dropped,
    Known,
    Mail,
    MailState,
    Missing,
    Seen,
    Step,
    Told,
)


def chain(seen: Iterable[Seen], known: Known) -> Chain:
    return _Weaver(list(seen), known).weave()


def base(line: TraceLine) -> str:
    """What a line and its replay have in common."""
    return line.id.removesuffix("/replay")


class _Weaver:
    def __init__(self, seen: Sequence[Seen], known: Known) -> None:
        self.known = known
        self.seen = sorted(seen, key=lambda one: (one.line.at, one.line.room, one.line.n, one.line.id))
        self.by_cause: dict[str, list[Seen]] = defaultdict(list)
        self.reports: dict[str, list[Seen]] = defaultdict(list)
        self.states: dict[str, tuple[MailState, datetime]] = {}
        self.announced: set[str] = set()
        self.dropped: dict[tuple[str, str], Dropped] = {}
        self.missing: list[Missing] = []
        self.mails: list[Mail] = []
        self.done = 0
        made: dict[str, str] = {}
        for one in self.seen:
            self.by_cause[one.line.cause].append(one)
            self.announced.update(parcel["id"] for parcel in one.line.parcels)
            for parcel in one.line.parcels:
                if parcel["type"] in REPORTS:
                    self.states[parcel["subject"]] = REPORTS[parcel["type"]], one.line.at
            made.update((output.ref, one.line.id) for output in _made(one.line))
            for output in _given_up(one.line):
                self.dropped[one.line.room, output.ref] = Dropped(at=one.line.at, why=output.why or "")
        for one in self.seen:
            told = [o.ref for o in one.line.outputs if o.kind == "mail" and o.version and made.get(o.ref)]
            if told and one.line.cause not in self.announced:
                self.reports[told[0]].append(one)
        self.reporting = {id(one) for reports in self.reports.values() for one in reports}

    def weave(self) -> Chain:
        sections: list[Step] = []
        roots = [
            one
            for one in self.seen
            if one.line.cause not in self.announced and id(one) not in self.reporting and not self._says_of_another(one)
        ]
        by_step: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        for one in roots:
            by_step[one.line.room, base(one.line)].append(one)
        origins: set[str] = set()
        for lines in by_step.values():
            line = lines[0].line
            if _is_fact(line.message) and line.cause not in origins:
                origins.add(line.cause)
                self._miss("origin", line, line.cause)
            sections += self._of_one_step(lines)
        sections.sort(key=lambda step: step.at)
        return Chain(
            sections=tuple(sections),
            missing=tuple(self.missing),
            done=self.done,
            expected=self.done + len(self.missing),
            mails=tuple(self.mails),
            seconds=_seconds(sections),
        )

    def _says_of_another(self, one: Seen) -> bool:
        """It is told where the line is that it gave up."""
        return bool(given_up := list(_given_up(one.line))) and all(
            any((other.line.room, base(other.line)) == (one.line.room, output.ref) for other in self.seen)
            for output in given_up
        )

    def _miss(self, kind: Literal["parked", "mail", "origin"], line: TraceLine, ref: str) -> None:
        self.missing.append(
            Missing(
                kind=kind,
                room=line.room,
                step=line.step,
                message=line.message,
                ref=ref,
                since=line.at,
                reason=line.reason if kind == "parked" else None,
            )
        )

    def _of_one_step(self, lines: Sequence[Seen]) -> Iterator[Step]:
        """The line that stands (the one that went through, else the latest), then those it stands for. What was given
        up is not missing any more."""
        stands = next((one for one in reversed(lines) if one.line.outcome != "parked"), lines[-1])
        if stands.line.outcome == "parked" and (stands.line.room, base(stands.line)) not in self.dropped:
            self._miss("parked", stands.line, stands.line.cause)
        else:
            self.done += 1
        for one in (stands, *(one for one in lines if one is not stands)):
            yield self._step(one, again=one is not stands)

    def _step(self, one: Seen, again: bool = False) -> Step:
        line = one.line
        return Step(
            room=line.room,
            step=line.step,
            message=line.message,
            outcome=line.outcome,
            at=line.at,
            line=line.id,
            took_ms=line.took_ms,
            reason=line.reason,
            again=again,
            ended=one.ended,
            dropped=self.dropped.get((line.room, base(line))) if line.outcome == "parked" and not again else None,
            why=next((output.why for output in line.outputs if output.kind == "reason"), None),
            documents=tuple(output for output in line.outputs if output.kind == "document"),
            mails=tuple(self._mail(output, line) for output in _made(line)),
            files=tuple(output for output in line.outputs if output.kind in ("file", "webhook")),
            facts=tuple(self._told(parcel["id"], parcel["type"], parcel["subject"], line) for parcel in line.parcels),
        )

    def _told(self, id: str, message: str, subject: str, line: TraceLine) -> Told:
        by_step: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        for one in self.by_cause.get(id, ()):
            by_step[one.line.room, one.line.step].append(one)
        steps = [step for lines in by_step.values() for step in self._of_one_step(lines)]
        for row in self.known.get(message, ()):
            if (row.room, row.step) not in by_step and (row.since is None or line.at >= row.since):
                self.missing.append(
                    Missing(kind="step", room=row.room, step=row.step, message=message, ref=id, since=line.at)
                )
                steps.append(Step(room=row.room, step=row.step, message=message, outcome="missing", at=line.at))
        return Told(id=id, type=message, subject=subject, at=line.at, steps=tuple(steps))

    def _mail(self, output: Output, line: TraceLine) -> Mail:
        state, told_at = self.states.get(output.ref, (WAITING, None))
        reports = [self._report(one) for one in self.reports.get(output.ref, ())]
        mail = Mail(
            ref=output.ref,
            type=output.type,
            state=state,
            made_at=line.at,
            told_at=told_at,
            files=_files_of(output.ref, [line, *(one.line for one in self.reports.get(output.ref, ()))]),
            reports=tuple(reports),
        )
        if state == "waiting":
            self._miss("mail", line, output.ref)
        self.mails.append(mail)
        return mail

    def _report(self, one: Seen) -> Step:
        self.done += 1
        return self._step(one)


def _made(line: TraceLine) -> Iterator[Output]:
    return (output for output in line.outputs if output.kind == "mail" and not output.version)


def _given_up(line: TraceLine) -> Iterator[Output]:
    return (output for output in line.outputs if output.kind == "dropped")


def _files_of(mail: str, lines: Iterable[TraceLine]) -> tuple[Output, ...]:
    """What it was to carry, and what it did carry: the same file is named when the mail is written down and again, with
    its hash, when it has left."""
    files = {
        output.ref: output for line in lines for output in line.outputs if output.kind == "file" and mail in output.ref
    }
    return tuple(files.values())


def _is_fact(message: str) -> bool:
    """Types of facts are versioned, names of commands are not."""
    return "." in message


def _seconds(sections: Sequence[Step]) -> float | None:
    for section in reversed(sections):
        if mails := list(_mails(section)):
            left = [mail.told_at for mail in mails if mail.state == "sent" and mail.told_at]
            if not left or any(mail.state == "waiting" for mail in mails):
                return None
            return round((max(left) - section.at).total_seconds() + (section.took_ms or 0) / 1000, 3)
    return None


def _mails(step: Step) -> Iterator[Mail]:
    yield from step.mails
    for fact in step.facts:
        for handled in fact.steps:
            yield from _mails(handled)
