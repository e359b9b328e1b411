"""The table of all routes (`deploy/routes.yaml`): read, checked, and compared with what the rooms really mount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from colloque.contracts import ROOMS
from colloque.web.api import Door, Scope
from colloque.web.rights import ROLES

EVERY = "every"
Who = Literal["public", "link", "inside", "viewer", "desk", "programme", "organiser", "owner"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Route(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    methods: tuple[Method, ...]
    room: str
    who: Who
    scope: Scope | None = None

    @model_validator(mode="after")
    def _whole(self) -> Route:
        if self.room != EVERY and self.room not in ROOMS:
            raise ValueError(f"{self.path}: there is no room {self.room}")
        if (self.who in ROLES) != (self.scope is not None):
            raise ValueError(f"{self.path}: a role has a scope, and nothing else has one")
        if self.scope == "edition" and "{edition}" not in self.path:
            raise ValueError(f"{self.path}: no edition to have a role on")
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path}: a path begins with /")
        return self

    @property
    def right(self) -> Right:
        return (self.who, self.scope) if self.scope else None


Right = tuple[str, Scope] | None
"""(role, scope), None where no role is asked for."""


class Table:
    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._by: dict[tuple[str, str], Route] = {}
        for route in self.routes:
            for method in route.methods:
                if (method, route.path) in self._by:
                    raise ValueError(f"{method} {route.path} stands twice in the table")
                self._by[method, route.path] = route

    def __iter__(self) -> Iterator[tuple[str, Route]]:
        """(method, route), each once."""
        for (method, _), route in self._by.items():
            yield method, route

    def of(self, method: str, path: str) -> Route | None:
        return self._by.get((method, path))

    def room(self, name: str) -> tuple[Route, ...]:
        return tuple(route for route in self.routes if route.room == name)


def load(path: Path) -> Table:
    rows: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Table(TypeAdapter(list[Route]).validate_python(rows))


def mounted(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, Right]]:
    """(method, path, right) of everything that these routers answer."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                yield "GET", getattr(route, "path_format", str(route)), None
                continue
            door = _door(route)
            for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, route.path_format, (door.role, _scope(door, route.path_format)) if door else None


def _door(route: APIRoute) -> Door | None:
    calls: list[Any] = [dependant.call for dependant in route.dependant.dependencies]
    return next((call for call in calls if isinstance(call, Door)), None)


def _scope(door: Door, path: str) -> Scope:
    """A door asks on the edition of the path, and where there is none on the house."""
    return door.scope if door.scope != "edition" or "{edition}" in path else "house"


def differences(table: Table, room: str, routers: Iterable[APIRouter]) -> list[str]:
    """Between the table and what a room mounts: sentences, none when they agree."""
    found: list[str] = []
    seen = set()
    for method, path, right in mounted(routers):
        row = table.of(method, path)
        seen.add((method, path))
        if row is None:
            found.append(f"{method} {path} is mounted by {room} and not in the table")
        elif row.room != room:
            found.append(f"{method} {path} is mounted by {room} and belongs to {row.room}")
        elif row.right != right:
            found.append(f"{method} {path} asks for {_said(right)}, the table says {_said(row.right)}")
    missing = [(method, row.path) for method, row in table if row.room == room and (method, row.path) not in seen]
    return found + [f"{method} {path} is in the table and not mounted by {room}" for method, path in missing]


def all_differences(table: Table, rooms: Mapping[str, Iterable[APIRouter]]) -> list[str]:
    return [line for room, routers in rooms.items() for line in differences(table, room, routers)]


def _said(right: Right) -> str:
    return f"{right[0]} on {right[1]}" if right else "nobody's role"
