"""People, as programs describe them."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from colloque.runtime.desk import Desk
from colloque.web.api import Asker, Doors
from colloque.web.forms import Email
from colloque_registration.api.asked import Asked
from colloque_registration.commands import (
    DescribePerson,
    Locale,
)
from colloque_registration.domain.names import Name


class PersonIn(Asked):
    external_id: str = Field(min_length=1, max_length=120, description="Your own name for them: the same is the same")
    given: Name
    family: Name
    email: Email
    locale: Locale = "fr"


class PersonOut(BaseModel):
    person: str = Field(description="The reference that facts, sessions and traces use")


def add_people(api: APIRouter, desk: Desk, doors: Doors) -> None:
    @api.post(
        "/api/people",
        dependencies=[doors.api("organiser", scope="any")],
        status_code=201,
        responses={200: {"model": PersonOut, "description": "Known already"}},
        tags=["people"],
    )
    async def describe(person: PersonIn, caller: Asker, response: Response) -> PersonOut:
        """Says who somebody is. The same `external_id`, or the same mailbox, is the same person: 200 instead of 201."""
        command = DescribePerson(
            external=person.external_id,
            given=person.given,
            family=person.family,
            email=person.email,
            locale=person.locale,
        )
        answer = await desk.do(command, caller.cause)
        assert isinstance(answer, dict)
        response.status_code = 201 if answer["created"] else 200
        return PersonOut(person=answer["person"])
