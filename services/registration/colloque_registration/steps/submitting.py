"""A form comes in."""

from __future__ import annotations

from colloque.runtime.work import Answer, Change, Find, Work
from colloque_registration.commands import ExpireRegistration, SubmitRegistration
from colloque_registration.domain.consents import TEXT_VERSION, Ledger
from colloque_registration.domain.editions import EditionDesk, UnknownEdition
from colloque_registration.domain.names import words
from colloque_registration.domain.people import Person, ProxyMailbox, own_key, proxy_key
from colloque_registration.domain.registration import Answers, Registration
from colloque_registration.domain.registration import submit as submitted
from colloque_registration.domain.sessions import SessionSeats, choose, seats_id

MOST_FROM_ONE_MAILBOX = 60
"""Confirmations an hour."""


async def submit(command: SubmitRegistration, work: Work) -> Answer:
    """Whether or not the person is known already, the answer is the same, and so is what it costs."""
    # A registration is called what its form was: so its story, and the trace of all that followed, bear its name.
    person_id, registration_id = work.new_id(), work.own_id()
    key = key_of(command)
    seats = [seats_id(command.edition, session) for session in command.sessions]
    await work.ahead(  # all that a new person needs, in one go
        (EditionDesk, command.edition),
        Find.by(Person, {"key": key}),
        *((SessionSeats, one) for one in seats),
    )
    desk = await work.get(EditionDesk, command.edition)
    if desk is None:
        raise UnknownEdition(command.edition, objects=[f"edition/{command.edition}"])
    desk.let_in(work.now)
    choose(command.sessions, await work.all(SessionSeats, seats))
    if command.proxy:
        await count_mail_to_proxy(command.email, work)
    known = await work.find(Person, key=key)
    person = known[0] if known else work.keep(made(person_id, key, command).introduced(work.now))
    answers = answers_of(command, work)
    found_by = search_keys(command.edition, person)
    before = person.registrations.get(command.edition)
    latest = await work.get(Registration, before) if before else None
    if latest is not None and latest.lives:
        again = work.keep(latest.repeated(answers, found_by, work.now))
        if again.state == "pending":
            work.wake(again.expires_at, ExpireRegistration(registration=again.id))
        return None
    work.keep(desk.submitted())
    work.keep(person.registered(command.edition, registration_id))
    registration = work.keep(
        submitted(
            registration_id,
            edition=command.edition,
            person=person.id,
            number=desk.numbered + 1,
            answers=answers,
            words=found_by,
            at=work.now,
            before=latest,
        )
    )
    work.wake(registration.expires_at, ExpireRegistration(registration=registration.id))
    return None


def key_of(command: SubmitRegistration) -> str:
    return proxy_key(command.email, command.given, command.family) if command.proxy else own_key(command.email)


def search_keys(edition: str, person: Person) -> tuple[str, ...]:
    """By which words the console finds a registration: those of the name, and the whole address."""
    return tuple(f"{edition} {word}" for word in (*words(person.given, person.family), person.email.casefold()))


def made(id: str, key: str, command: SubmitRegistration) -> Person:
    return Person(
        id=id,
        key=key,
        given=command.given,
        family=command.family,
        email=command.email,
        locale=command.locale,
        phone=command.phone,
    )


def answers_of(command: SubmitRegistration, work: Work) -> Answers:
    return Answers(
        sessions=tuple(dict.fromkeys(command.sessions)),
        category=command.category,
        first_time=command.first_time,
        needs=command.needs,
        consents=Ledger.of(command.consents, work.now, TEXT_VERSION, "form"),
        locale=command.locale,
        channel="on_behalf" if command.on_behalf else "web",
        entered_by=command.entered_by,
    )


async def count_mail_to_proxy(address: str, work: Work) -> None:
    known = await work.find(ProxyMailbox, address=address.casefold())
    mailbox = known[0] if known else ProxyMailbox(id=work.new_id(), address=address.casefold(), since=work.now)
    counted = mailbox.one_more(work.now, MOST_FROM_ONE_MAILBOX)
    work.keep(Change(counted.document))
