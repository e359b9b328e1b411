"""A route that is analysed when somebody first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import compile_path


class LateRoute(APIRoute):
    """Found by its path and methods from the start. What FastAPI makes of its signature takes a millisecond or two and
    some memory: it is made at the first request or description, so that a process opens without doing it for a hundred
    routes, most of which it may never be asked for."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Iterable[str] | None = None, **options: Any
    ) -> None:
        self.path, self.endpoint, self.methods = path, endpoint, set(methods or ("GET",))
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._analyse = partial(super().__init__, path, endpoint, methods=self.methods, **options)

    def __getattr__(self, name: str) -> Any:
        """Called only for what is not there yet."""
        analyse = self.__dict__.pop("_analyse", None)
        if analyse is None:
            raise AttributeError(name)
        try:
            analyse()
        except BaseException:
            self._analyse = analyse
            raise
        return getattr(self, name)
