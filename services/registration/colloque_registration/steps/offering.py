"""A free place finds its taker: it is offered to the first in line, kept for 48 hours, and goes to the next when it is
declined or not answered."""

from __future__ import annotations

from datetime import datetime

from colloque.contracts.traces import Output
from colloque.runtime.work import Answer, Timer, Work
from colloque_registration.commands import AcceptOffer, DeclineOffer, ExpireOffer, OfferPlace
from colloque_registration.domain.editions import Edition, EditionDesk
from colloque_registration.domain.registration import Registration, UnknownRegistration
from colloque_registration.domain.waitlist import NothingIsOffered, NotInLine, Offer, OfferIsOver, answer_by
from colloque_registration.steps.finding import desk_of, line_of, linked
from colloque_registration.steps.seating import desk_and_seats, take_place


async def accept_offer(command: AcceptOffer, work: Work) -> Answer:
    """The place is theirs; seats are those that are free now. A second click finds what the first one has done."""
    await work.ahead((Registration, command.registration), (Timer, f"ExpireOffer/{command.registration}"))
    registration = await linked(command.registration, command.links, work)
    if registration.state == "confirmed":
        return registration.edition
    registration.answering(work.now)
    desk = await desk_and_seats(registration, work)
    desk.not_called_off()
    if work.now >= await opening_of(desk, work):
        raise OfferIsOver("the edition has begun", objects=[f"registration/{registration.id}"])
    work.keep((await line_of(desk.id, work)).left(registration.id))
    await take_place(registration, desk, work)
    work.let_sleep(ExpireOffer, registration.id)
    return registration.edition


async def decline_offer(command: DeclineOffer, work: Work) -> Answer:
    """« Not now »: asked again when another place is freed, after all those who wait already."""
    registration = await linked(command.registration, command.links, work)
    if registration.state == "waitlisted":
        return registration.edition
    registration.answering(work.now)
    desk = await desk_of(registration.edition, work)
    desk.not_called_off()
    line = work.keep((await line_of(desk.id, work)).declined(registration.id))
    after = await offer_places(desk.went("offered", "waitlisted", not_now=len(line.not_now)), work)
    rank = (await line_of(desk.id, work)).rank(registration.id)
    assert rank is not None
    work.keep(registration.wait(rank, work.now))
    work.keep(desk.telling(after, work.now))
    work.let_sleep(ExpireOffer, registration.id)
    return registration.edition


async def expire_offer(command: ExpireOffer, work: Work) -> Answer:
    """Nobody waits for an answer about what is called off."""
    registration = await work.get(Registration, command.registration)
    if registration is None or registration.state != "offered" or registration.offer is None:
        return None
    desk = await desk_of(registration.edition, work)
    if work.now < registration.offer.until or desk.called_off:
        return None
    work.keep(registration.lapse(work.now))
    work.keep((await line_of(desk.id, work)).left(registration.id))
    freed = (await ask_again(desk, work)).went("offered", "expired")
    work.keep(desk.telling(await offer_places(freed, work), work.now))
    return None


async def offer_place(command: OfferPlace, work: Work) -> Answer:
    """Ahead of the line, for a reason that the trace shows. Where nothing is free, what is freed next is theirs."""
    registration = await work.get(Registration, command.registration)
    if registration is None or registration.edition != command.edition:
        raise UnknownRegistration(objects=[f"registration/{command.registration}"])
    if registration.state != "waitlisted":
        raise NotInLine(f"it is {registration.state}", objects=[f"registration/{registration.id}"])
    desk = await desk_of(command.edition, work)
    if not desk.offers(work.now, await opening_of(desk, work)):
        raise NothingIsOffered(objects=[f"edition/{command.edition}"])
    before = await line_of(desk.id, work)
    line = work.keep(before.moved_up(registration.id, command.reason, command.by))
    after = await offer_places(desk.becomes(not_now=len(line.not_now)), work)
    work.keep(desk.telling(after, work.now))
    work.note(Output(kind="reason", ref=f"registration/{registration.id}", why=command.reason))
    now = await work.get(Registration, registration.id)
    assert now is not None
    return {"registration": now.id, "state": now.state, "rank": line.rank(now.id)}


async def offer_places(desk: EditionDesk, work: Work) -> EditionDesk:
    """The desk with every place that is free offered to the first in line, the next one to the second, and so on. Its
    news is told by whoever asks."""
    if not desk.waitlisted or not desk.unpromised:
        return desk
    opening = await opening_of(desk, work)
    if not desk.offers(work.now, opening):
        return desk
    line = await line_of(desk.id, work)
    while desk.unpromised and (first := line.next) is not None:
        registration, rank, ahead = await work.get(Registration, first), line.rank(first), line.why_ahead(first)
        assert registration is not None
        assert rank is not None
        offer = Offer(until=answer_by(work.now, opening), rank=rank, reason=ahead.reason if ahead else "")
        work.keep(registration.offered(offer, work.now))
        work.wake(offer.until, ExpireOffer(registration=first))
        line = work.keep(line.promised(first))
        desk = desk.went("waitlisted", "offered")
    return desk


async def ask_again(desk: EditionDesk, work: Work) -> EditionDesk:
    """Another place is free: whoever said « not now » to the one before is asked in turn again."""
    if not desk.not_now or not desk.offers(work.now, await opening_of(desk, work)):
        return desk
    work.keep((await line_of(desk.id, work)).freed())
    return desk.becomes(not_now=0)


async def hurry_offers(desk: EditionDesk, work: Work) -> None:
    """No offer is good past the opening, wherever that has moved."""
    if not desk.offered:
        return
    opening = await opening_of(desk, work)
    for registration in await work.all(Registration, (await line_of(desk.id, work)).offered):
        assert registration is not None
        hurried = registration.hurried(opening, work.now)
        if hurried.document is not registration:
            work.keep(hurried)
            work.wake(opening, ExpireOffer(registration=registration.id))


async def opening_of(desk: EditionDesk, work: Work) -> datetime:
    """When the first session begins; without a programme, the day."""
    if desk.opens_at is not None:
        return desk.opens_at
    page = await work.get(Edition, desk.id)
    return page.first_day if page is not None else work.now
