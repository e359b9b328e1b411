"""Somebody with a token: what a program of an organiser's does with the API."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from colloque_embedded.story.process import HouseProcess


class Refused(Exception):
    """The API said no, and why (RFC 9457)."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.problem: dict[str, Any] = response.json()
        self.rule = str(self.problem.get("type", "")).rpartition("/")[2]
        super().__init__(f"{self.status} {self.rule}: {self.problem.get('detail', '')}")

    @property
    def objects(self) -> list[str]:
        return list(self.problem.get("objects", ()))


class Organiser:
    def __init__(self, url: str, token: str, email: str = "") -> None:
        self.token, self.email = token, email
        self.client = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    async def get(self, path: str, **asked: Any) -> Any:
        return await self._ask("GET", path, params=asked)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"idempotency-key": key} if key else {}
        return await self._ask("POST", path, json=body, headers=headers)

    async def patch(self, path: str, body: Any) -> Any:
        return await self._ask("PATCH", path, json=body)

    async def put(self, path: str, body: Any) -> Any:
        return await self._ask("PUT", path, json=body)

    async def delete(self, path: str) -> Any:
        return await self._ask("DELETE", path)

    async def refusal(self, path: str, body: Any = None, *, method: str = "POST") -> Refused:
        """Try what must be refused: the refusal."""
        try:
            answer = await self._ask(method, path, json=body)
        except Refused as refused:
            return refused
        raise AssertionError(f"{method} {path} was not refused: {answer}")

    async def known(self, within: float = 30) -> Organiser:
        """Once every room has heard of the token: waits for it."""
        until = time.monotonic() + within
        for path in ("/api/editions", "/api/editions/of-nobody/mails", "/api/editions/of-nobody/produced"):
            while True:
                answer = await self.client.get(path)
                if answer.status_code not in (401, 403, 503):
                    break
                if time.monotonic() > until:
                    raise TimeoutError(f"{path} does not know the token after {within:.0f} s")
                await asyncio.sleep(0.05)
        return self

    async def leave(self) -> None:
        await self.client.aclose()

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.client.request(method, path, **more)
        if answer.is_error:
            raise Refused(answer)
        return answer.json() if answer.content else None


async def sign_up(
    house: HouseProcess, given: str, family: str, email: str, *, role: str = "owner", scope: str = "house"
) -> Organiser:
    """As an operator does it: a role and a token, both from the command line."""
    await house.order(
        *("registration", "organiser", "grant", "--email", email, "--given", given, "--family", family),
        *("--role", role, "--scope", scope),
    )
    said = await house.order("registration", "token", "issue", "--email", email, "--role", role, "--scope", scope)
    return await Organiser(house.url, said.split()[0], email).known()
