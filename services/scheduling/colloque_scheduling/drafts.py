"""Drafts as this process knows them: read whole once, then kept in step with what it commits itself. A draft's version
rises with every change of any of its sessions, so that one small document says whether all that is kept still holds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from colloque.runtime.desk import Committed, Desk
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.reads import a_draft, began_at, by_hour

ROOM = 16


@dataclass(slots=True)
class Known:
    draft: Draft
    sessions: dict[str, Session]
    in_order: list[Session] | None = None

    def by_hour(self) -> list[Session]:
        if self.in_order is None:
            self.in_order = sorted(self.sessions.values(), key=by_hour)
        return self.in_order


class Drafts:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: OrderedDict[str, Known] = OrderedDict()
        desk.after_commit(self._follow)

    async def of(self, edition: str) -> tuple[Draft, list[Session]]:
        """By hour, those without one last."""
        draft = await a_draft(self._desk, edition)
        known = self._known.get(edition)
        if known is None or known.draft.version != draft.version:
            found = await self._desk.reads.find(Session, edition=edition)
            known = self._known[edition] = Known(draft, {one.id: one for one in found})
        self._known.move_to_end(edition)
        if len(self._known) > ROOM:
            self._known.popitem(last=False)
        return known.draft, list(known.by_hour())

    def _follow(self, committed: Committed) -> None:
        drafts = [one for one in committed.documents.values() if isinstance(one, Draft) and one.id in self._known]
        for draft in drafts:
            known = self._known[draft.id]
            if began_at(committed, draft) == known.draft.version:
                known.draft = draft
                self._lay(committed, known)
            else:  # another process has changed it in between
                del self._known[draft.id]

    @staticmethod
    def _lay(committed: Committed, known: Known) -> None:
        for (kind, id), document in committed.documents.items():
            if kind is not Session or not id.startswith(f"{known.draft.id}/"):
                continue
            known.in_order = None
            if isinstance(document, Session):
                known.sessions[id] = document
            else:
                known.sessions.pop(id, None)
