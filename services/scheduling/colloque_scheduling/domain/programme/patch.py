"""A merge patch (RFC 7396): what is named is replaced, null takes it away, what is not named stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from colloque.runtime.refusal import Invalid

P = TypeVar("P", bound=BaseModel)


def patched(plan: type[P], known: BaseModel, changes: Mapping[str, Any]) -> P:
    """`known` with the changes, as a `plan`."""
    if unknown := sorted(changes.keys() - plan.model_fields.keys()):
        raise Invalid(f"There is no field {unknown[0]!r} to change.", field=unknown[0])
    told = known.model_dump(mode="json", include=set(plan.model_fields))
    try:
        return plan.model_validate(_merged(told, changes))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Invalid(first["msg"], field=".".join(str(part) for part in first["loc"])) from None


def _merged(known: Any, changes: Any) -> Any:
    if not isinstance(changes, Mapping):
        return changes
    merged = dict(known) if isinstance(known, Mapping) else {}
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged
