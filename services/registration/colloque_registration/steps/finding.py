"""What steps of this room look up first."""

from __future__ import annotations

from colloque.runtime.work import Work
from colloque_registration.domain.editions import EditionDesk, UnknownEdition
from colloque_registration.domain.registration import Registration, UnknownRegistration
from colloque_registration.domain.waitlist import Waitlist


async def linked(id: str, links: int, work: Work) -> Registration:
    """The one a link speaks of, if the link is of its present generation."""
    registration = await work.get(Registration, id)
    if registration is None or registration.links != links:
        raise UnknownRegistration(objects=[f"registration/{id}"])
    return registration


async def desk_of(edition: str, work: Work) -> EditionDesk:
    desk = await work.get(EditionDesk, edition)
    if desk is None:
        raise UnknownEdition(edition, objects=[f"edition/{edition}"])
    return desk


async def line_of(edition: str, work: Work) -> Waitlist:
    return await work.get(Waitlist, edition) or Waitlist(id=edition, version=-1)
