"""One turn as commands: everything in one `bulkWrite` (a very long one in portions), many new documents of one kind in
an `insert` of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pymongo.errors import OperationFailure

from colloque.runtime.store.mongo.sheets import Sheet, sheet_of
from colloque.runtime.store.port import Conflict, DuplicateLine, DuplicateValue, Transaction
from colloque.runtime.store.shape import fields_of
from colloque.runtime.work import Document

# From here on an `insert` costs less than the places in the `bulkWrite`.
MANY = 6
# While SecantusDB carries out a command, nobody else writes: a thousand updates as one kept every room waiting for
# seconds. Most turns are far shorter than this, and one round trip.
PORTION = 100
WRITE_CONFLICT, DUPLICATE = 112, 11000


class Portion(NamedTuple):
    """Operations that travel together, and the collections that they name by number."""

    ops: Sequence[Sheet]
    names: Sequence[str]

    def command(self, database: str) -> Sheet:
        spaces = [{"ns": f"{database}.{name}"} for name in self.names]
        return {"bulkWrite": 1, "ops": self.ops, "nsInfo": spaces, "errorsOnly": True}

    def name_of(self, op: Sheet) -> str:
        return self.names[_space_of(op)]


class Batch:
    """Counter first, so that it is the fence and the lock; then what must be as known; new things last."""

    def __init__(self, tx: Transaction) -> None:
        self._spaces: dict[str, int] = {}
        self._kinds: dict[str, type[Document]] = {}
        self._ops: list[Sheet] = []
        self._update("counter", {"_id": "counter", "turn": tx.known.turn}, {"$set": _counted(tx)})
        for kind, id, version in tx.held:
            self._update(self._name(kind), {"_id": id, "version": version}, {"$set": {"version": version}})
        for kind, id, version in tx.deletes:
            self._ops.append({"delete": self._space(self._name(kind)), "filter": {"_id": id, "version": version}})
        for document, version in tx.replaces:
            self._update(self._name(type(document)), {"_id": document.id, "version": version}, sheet_of(document))
        new: dict[str, list[Sheet]] = {"journal": tx.lines} if tx.lines else {}
        for document in tx.inserts:
            new.setdefault(self._name(type(document)), []).append(sheet_of(document))
        self.inserts = [(name, sheets) for name, sheets in new.items() if len(sheets) >= MANY]
        for name, sheets in new.items():
            if len(sheets) < MANY:
                space = self._space(name)
                self._ops.extend({"insert": space, "document": sheet} for sheet in sheets)

    def portions(self) -> Iterator[Portion]:
        """The counter is in the first."""
        names = list(self._spaces)
        for start in range(0, len(self._ops), PORTION):
            ops = self._ops[start : start + PORTION]
            used = sorted({_space_of(op) for op in ops})
            if len(used) < len(names):
                ops = [{verb: used.index(op[verb]) if verb in VERBS else op[verb] for verb in op} for op in ops]
            yield Portion(ops, [names[space] for space in used])

    def accept(self, portion: Portion, reply: Mapping[str, Any]) -> None:
        """Every update and delete has met what it was decided on, and no index has said no."""
        ops = portion.ops
        if reply["nErrors"]:
            error = reply["cursor"]["firstBatch"][0]
            before = ops[: error["idx"]]
            if reply["nMatched"] < sum("update" in op for op in before):
                raise Conflict("somebody committed in between")
            raise self.refusal(error, portion.name_of(ops[error["idx"]]))
        expected = sum("update" in op for op in ops), sum("delete" in op for op in ops)
        if (reply["nMatched"], reply["nDeleted"]) != expected:
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

    def _space(self, name: str) -> int:
        return self._spaces.setdefault(name, len(self._spaces))

    def _name(self, kind: type[Document]) -> str:
        self._kinds[kind.__name__] = kind
        return kind.__name__


VERBS = ("insert", "update", "delete")


def _space_of(op: Sheet) -> int:
    return int(next(op[verb] for verb in VERBS if verb in op))


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
