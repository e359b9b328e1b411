"""What a kind of document declares, checked once when a store is opened, and the window a question means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from colloque.runtime.work import Document, Lookup


def fields_of(lookup: Lookup) -> tuple[str, ...]:
    return (lookup,) if isinstance(lookup, str) else lookup


def checked(kinds: Iterable[type[Document]]) -> dict[str, type[Document]]:
    """The kinds by name. A declaration that some server would read in another way is refused here, in one sentence."""
    by_name: dict[str, type[Document]] = {}
    for kind in kinds:
        if by_name.setdefault(kind.__name__, kind) is not kind:
            raise TypeError(f"two kinds of document are called {kind.__name__}")
        for wrong in _wrong(kind):
            raise TypeError(f"{kind.__name__}: {wrong}")
    return by_name


def _wrong(kind: type[Document]) -> Iterator[str]:
    fields = kind.model_fields
    for names in (*map(fields_of, kind.lookups), *kind.windows):
        yield from (f"there is no field {name} to find it by" for name in names if name not in fields)
    for lookup in kind.unique:
        if lookup not in kind.lookups:
            yield f"{lookup} is unique and no lookup"
        for name in fields_of(lookup):
            if any(get_origin(part) in (list, tuple, set, frozenset) for part in _parts(fields[name].annotation)):
                yield f"{name} is a list: a server takes two empty ones for the same value, so it cannot be unique"
    for lookup in kind.lookups:
        if sum(bool(_lists(fields[name].annotation)) for name in fields_of(lookup)) and len(fields_of(lookup)) > 1:
            yield f"{lookup} has a list in it: only a lookup by one field may be a list"
    for equal, times in Counter(frozenset(window[:-1]) for window in kind.windows).items():
        if times > 1:
            yield f"two windows with the same equal fields ({', '.join(sorted(equal)) or 'none'}): which one is meant?"
    for window in kind.windows:
        for longer in (*map(fields_of, kind.lookups), *kind.windows):
            if len(longer) > len(window) and longer[: len(window)] == window:
                # SecantusDB 0.7 would read the window by the longer index, and miss the end of its range.
                yield f"the window {window} is the beginning of {longer}: put the fields of the longer in another order"
    if any(_has_strange_keys(field.annotation, set()) for field in fields.values()):
        yield "the keys of a kept dict are text"


def _parts(annotation: Any) -> Iterator[Any]:
    """`list[X] | None` → `list[X]`, `None`."""
    origin = get_origin(annotation)
    if origin in (list, tuple, set, frozenset, dict) or not get_args(annotation):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _parts(part)


def _lists(annotation: Any) -> list[Any]:
    return [part for part in _parts(annotation) if get_origin(part) in (list, tuple, set, frozenset)]


def _has_strange_keys(annotation: Any, seen: set[Any]) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return False
        seen.add(annotation)
        return any(_has_strange_keys(field.annotation, seen) for field in annotation.model_fields.values())
    arguments = get_args(annotation)
    if get_origin(annotation) in (dict, Mapping) and not (
        isinstance(arguments[0], type) and issubclass(arguments[0], str)
    ):
        return True
    return any(_has_strange_keys(argument, seen) for argument in arguments)


def window_of(kind: type[Document], equal: Mapping[str, Any]) -> tuple[str, ...]:
    for window in kind.windows:
        if set(window[:-1]) == set(equal):
            return window
    raise LookupError(f"{kind.__name__} declares no window by {', '.join(sorted(equal)) or 'its order alone'}")
