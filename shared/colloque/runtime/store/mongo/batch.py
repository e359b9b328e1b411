"""One turn as commands: everything in one `bulkWrite`, many new documents of one kind in an `insert` of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.errors import OperationFailure

from colloque.runtime.store.mongo.sheets import Sheet, sheet_of
from colloque.runtime.store.port import Conflict, DuplicateLine, DuplicateValue, Transaction
from colloque.runtime.store.shape import fields_of
from colloque.runtime.work import Document

# From here on an `insert` costs less than the places in the `bulkWrite`.
MANY = 6
WRITE_CONFLICT, DUPLICATE = 112, 11000


class Batch:
    """Counter first, so that it is the fence and the lock; then what must be as known; new things last."""

    def __init__(self, database: str, tx: Transaction) -> None:
        self._database = database
        self._spaces: dict[str, int] = {}
        self._kinds: dict[str, type[Document]] = {}
        self._ops: list[Sheet] = []
        self._matching = 0
        self._update("counter", {"_id": "counter", "turn": tx.known.turn}, {"$set": _counted(tx)})
        for kind, id, version in tx.held:
            self._update(self._name(kind), {"_id": id, "version": version}, {"$set": {"version": version}})
        for kind, id, version in tx.deletes:
            self._ops.append({"delete": self._space(self._name(kind)), "filter": {"_id": id, "version": version}})
        for document, version in tx.replaces:
            self._update(self._name(type(document)), {"_id": document.id, "version": version}, sheet_of(document))
        self._deleting = len(tx.deletes)
        new: dict[str, list[Sheet]] = {"journal": tx.lines} if tx.lines else {}
        for document in tx.inserts:
            new.setdefault(self._name(type(document)), []).append(sheet_of(document))
        self.inserts = [(name, sheets) for name, sheets in new.items() if len(sheets) >= MANY]
        for name, sheets in new.items():
            if len(sheets) < MANY:
                space = self._space(name)
                self._ops.extend({"insert": space, "document": sheet} for sheet in sheets)

    @property
    def command(self) -> Sheet:
        spaces = [{"ns": f"{self._database}.{name}"} for name in self._spaces]
        return {"bulkWrite": 1, "ops": self._ops, "nsInfo": spaces, "errorsOnly": True}

    def accept(self, reply: Mapping[str, Any]) -> None:
        """Every update and delete has met what it was decided on, and no index has said no."""
        if reply["nErrors"]:
            error = reply["cursor"]["firstBatch"][0]
            before = self._ops[: error["idx"]]
            if reply["nMatched"] < sum("update" in op for op in before):
                raise Conflict("somebody committed in between")
            op = self._ops[error["idx"]]
            space = next(op[verb] for verb in ("insert", "update", "delete") if verb in op)
            raise self.refusal(error, list(self._spaces)[space])
        if reply["nMatched"] != self._matching or reply["nDeleted"] != self._deleting:
            raise Conflict("somebody committed in between")

    def accept_insert(self, name: str, reply: Mapping[str, Any]) -> None:
        if errors := reply.get("writeErrors"):
            raise self.refusal(errors[0], name)

    def refusal(self, error: Mapping[str, Any], name: str = "") -> Exception:
        """What a server's error means; `name`: of the collection, where the error does not say it."""
        if error.get("code") != DUPLICATE:
            return refusal_of(error)
        text = str(error["errmsg"])
        name = name or text.partition("collection: ")[2].split()[0].partition(".")[2]
        fields = tuple(error["keyPattern"])
        if name == "journal":
            # Its other index is the number: somebody else has given it.
            return DuplicateLine(error["keyValue"]["_id"]) if fields == ("_id",) else Conflict(text)
        for lookup, refusal in self._kinds[name].unique.items():
            if fields_of(lookup) == fields:
                return DuplicateValue(refusal(f"{name}: {lookup} is taken"))
        return Conflict(text) if fields == ("_id",) else refusal_of(error)

    def _update(self, name: str, query: Sheet, change: Sheet) -> None:
        self._ops.append({"update": self._space(name), "filter": query, "updateMods": change})
        self._matching += 1

    def _space(self, name: str) -> int:
        return self._spaces.setdefault(name, len(self._spaces))

    def _name(self, kind: type[Document]) -> str:
        self._kinds[kind.__name__] = kind
        return kind.__name__


def refusal_of(error: Mapping[str, Any]) -> Exception:
    """What is not known to be a conflict is a failure, and never tried again as if it were one."""
    text = str(error.get("errmsg", ""))[:300]
    if error.get("code") == WRITE_CONFLICT or "TransientTransactionError" in error.get("errorLabels", ()):
        return Conflict(text)
    return OperationFailure(text, error.get("code"), error)


def _counted(tx: Transaction) -> Sheet:
    after = tx.after
    sheet: Sheet = {
        "turn": after.turn,
        "n": after.n,
        "parked": after.parked,
        "next_by": after.next_by,
        "next_until": after.next_until,
    }
    sheet.update((f"ends.{stream}", end) for stream, end in tx.changed_ends.items())
    sheet.update((f"marks.{stream}", list(mark)) for stream, mark in tx.changed_marks.items())
    return sheet
