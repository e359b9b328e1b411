"""What waits at a desk, in order of arrival: commands (and all that somebody of this process awaits), and what has
arrived on streams."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from math import inf

from colloque.runtime.message import Message, beyond
from colloque.runtime.refusal import TryAgain
from colloque.runtime.store.port import Mark


class Waiting:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        """Messages in a turn at most."""
        self._commands: deque[Message] = deque()
        self._facts: deque[Message] = deque()
        self._held: dict[str, float] = {}
        self._bell = asyncio.Event()
        self._due = inf
        """Loop time at which the next turn begins, with whatever waits then."""
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._commands) + len(self._facts)

    def put(self, message: Message) -> None:
        now = asyncio.get_running_loop().time()
        self._arrivals += 1
        message.arrived, message.since = self._arrivals, now
        (self._facts if message.stream else self._commands).append(message)
        self._begin_by(now + (message.patience if message.reply is None else 0.0))

    def _begin_by(self, due: float) -> None:
        if due < self._due or len(self) >= self.limit:
            self._due = min(self._due, due)
            self._bell.set()

    def put_back(self, messages: Sequence[Message]) -> None:
        """In order of arrival, among those that came meanwhile."""
        if not messages:
            return
        for queue, back in (
            (self._commands, [m for m in messages if not m.stream]),
            (self._facts, [m for m in messages if m.stream]),
        ):
            if back:
                whole = sorted((*back, *queue), key=lambda m: m.arrived)
                queue.clear()
                queue.extend(whole)
        self._begin_by(asyncio.get_running_loop().time())

    async def batch(self) -> list[Message]:
        """The next turn's messages, as soon as one is due or there are enough of them. Streams that are held are looked
        at again when their time comes."""
        while True:
            now = asyncio.get_running_loop().time()
            if now >= self._due or len(self) >= self.limit:
                batch = self._take()
                if batch:
                    self._due = now if len(self) else inf
                    return batch
                self._due = min((self._held[m.stream] for m in self._facts if m.stream in self._held), default=inf)
            self._bell.clear()
            try:
                async with asyncio.timeout_at(None if self._due == inf else self._due):
                    await self._bell.wait()
            except TimeoutError:
                pass

    def _take(self) -> list[Message]:
        """Commands first, up to half a turn; facts fill up, but for streams that are held; then more commands."""
        timers = self._set_aside_timers()
        half = min(len(self._commands), max(1, self.limit // 2))
        batch = [self._commands.popleft() for _ in range(half)]
        if self._facts:
            batch += self._take_facts(self.limit - len(batch))
        room_left = min(len(self._commands), self.limit - len(batch))
        batch += [self._commands.popleft() for _ in range(room_left)]
        self._commands.extendleft(reversed(timers))
        return batch

    def _set_aside_timers(self) -> list[Message]:
        """Once, while somebody outside waits: what is long is a chain of timers, each as long as others can bear to
        wait, and they need not wait for two."""
        if not any(m.answers_outside for m in self._commands):
            return []
        ahead, timers = deque[Message](), list[Message]()
        for m in self._commands:
            (timers if m.timer is not None and not m.passed else ahead).append(m)
        for m in timers:
            m.passed = True
        self._commands = ahead
        return timers

    def _take_facts(self, most: int) -> list[Message]:
        if not self._held and len(self._facts) <= most:
            taken, self._facts = list(self._facts), deque()
            return taken
        now = asyncio.get_running_loop().time()
        self._held = {stream: until for stream, until in self._held.items() if until > now}
        taken, rest = list[Message](), deque[Message]()
        for m in self._facts:
            free = len(taken) < most and m.stream not in self._held
            (taken if free else rest).append(m)
        self._facts = rest
        return taken

    def hold(self, stream: str, seconds: float) -> None:
        """Nothing of it is taken for so long: its first one met a bug."""
        self._held[stream] = asyncio.get_running_loop().time() + seconds

    def let_go(self, stream: str) -> None:
        self._facts = deque(m for m in self._facts if m.stream != stream)

    def has_before(self, message: Message) -> bool:
        """Does an earlier one of its stream wait here?"""
        return any(m.stream == message.stream and beyond(m.place, message.place) for m in self._facts)

    def last(self, stream: str) -> Mark | None:
        return max((m.place for m in self._facts if m.stream == stream), default=None)

    def give_up(self, batch: Sequence[Message]) -> tuple[list[Message], int]:
        """Only somebody outside is told to come again, also those who wait behind this batch. Answers who is left of
        it, and how many gave up."""
        now = asyncio.get_running_loop().time()
        late = [m for m in (*batch, *self._commands) if m.until is not None and m.until < now]
        if not late:
            return list(batch), 0
        for m in late:
            m.answer(TryAgain())
        self._commands = deque(m for m in self._commands if m not in late)
        return [m for m in batch if m not in late], len(late)
