"""The mails in one process's hands: which may go now, and what the others wait for. Nothing here waits or asks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from colloque.runtime.mailing import Mail, Written
from colloque.runtime.work import Key


@dataclass(eq=False, slots=True)
class Item:
    """`term`: that of the lease under which what we hold of the mail is certainly how it stands; 0 if in doubt.
    `going`: under way, from being picked until its report is committed."""

    mail: Mail
    term: int
    going: bool = False
    written: Written | None = None


@dataclass(slots=True)
class _Lane:
    holder: Item
    queue: list[Item] = field(default_factory=list)


class Mailbag:
    """What has been let go stays in the queues and is skipped when its turn comes."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self._inside: dict[str, Item] = {}
        self._ready: deque[Item] = deque()
        self._lanes: dict[str, _Lane] = {}
        self._needing: dict[Key, list[Item]] = {}
        self._behind: dict[str, list[Item]] = {}
        self._changed: set[Key] = set()

    def __contains__(self, id: str) -> bool:
        return id in self._inside

    def __len__(self) -> int:
        return len(self._inside)

    @property
    def ready(self) -> int:
        return len(self._ready)

    @property
    def going(self) -> int:
        return sum(item.going for item in self._inside.values())

    def get(self, id: str) -> Item | None:
        return self._inside.get(id)

    # ---- in and out
    def take(self, mail: Mail, term: int) -> None:
        self._inside[mail.id] = item = Item(mail, term)
        self._make_ready([item])

    def next_few(self, most: int) -> list[Item]:
        """Those whose lane is free, and takes it; of a lane the others wait in it."""
        few: list[Item] = []
        self._changed.clear()
        while self._ready and len(few) < most:
            item = self._ready.popleft()
            if self._inside.get(item.mail.id) is not item or item.going:
                continue
            if item.mail.lane:
                lane = self._lanes.setdefault(item.mail.lane, _Lane(item))
                if lane.holder is not item:
                    lane.queue.append(item)
                    continue
            item.going = True
            few.append(item)
        return few

    def let_go(self, item: Item) -> None:
        """Out of our hands; what waited in its lane comes next."""
        if self._inside.get(item.mail.id) is item:
            del self._inside[item.mail.id]
        self._stop(item)

    def stand_in(self, mail: Mail) -> Item:
        """This mail, whatever it waits for, is now dealt with as the item answered."""
        self._inside[mail.id] = item = Item(mail, 0, going=True)
        return item

    def forget(self) -> None:
        """All but what is under way: its report comes."""
        self._inside = {id: item for id, item in self._inside.items() if item.going}
        self._ready.clear()
        self._needing.clear()
        self._behind.clear()
        for lane in self._lanes.values():
            lane.queue.clear()

    # ---- waiting
    def again(self, item: Item) -> None:
        """Back among those that may go."""
        self._stop(item)
        self._make_ready([item])

    def wait_for(self, item: Item, needs: Key) -> None:
        self._stop(item)
        if needs in self._changed:  # it came while the mail was being written
            self._make_ready([item])
        else:
            self._needing.setdefault(needs, []).append(item)

    def wait_behind(self, item: Item, older: Key) -> None:
        self._stop(item)
        if older in self._changed:
            self._make_ready([item])
        else:
            self._behind.setdefault(older[1], []).append(item)

    def changed(self, key: Key) -> None:
        """Somebody may wait for this document, or is just about to."""
        self._changed.add(key)
        if key in self._needing:
            self._make_ready(self._needing.pop(key))

    def settled(self, id: str) -> None:
        """This mail has been sent, or will not be: out of the way of those behind it."""
        if id in self._behind:
            self._make_ready(self._behind.pop(id))

    def reconsider(self) -> None:
        """Everybody who waits tries again: another process may have changed what they wait for."""
        for queues in (self._needing, self._behind):
            for items in queues.values():
                self._make_ready(items)
            queues.clear()

    def _make_ready(self, items: Iterable[Item]) -> None:
        self._ready.extend(items)
        self.bell.set()

    def _stop(self, item: Item) -> None:
        item.going, item.written = False, None
        lane = self._lanes.get(item.mail.lane)
        if lane is not None and lane.holder is item:
            del self._lanes[item.mail.lane]
            self._ready.extendleft(reversed(lane.queue))
            self.bell.set()
