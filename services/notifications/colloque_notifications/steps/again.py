"""An organiser has a mail sent again: written anew from what is known now, to the address that is known now."""

from __future__ import annotations

from colloque.runtime.work import Answer, Work
from colloque_notifications.commands import SendAgain
from colloque_notifications.domain.again import Again, Repeat, UnknownMail, may_go_again
from colloque_notifications.domain.mail import Mail
from colloque_notifications.steps.tell import Letter, queue


async def send_again(command: SendAgain, work: Work) -> Answer:
    mail = await work.get(Mail, command.mail)
    if mail is None or mail.edition != command.edition:
        raise UnknownMail(objects=[f"mail/{command.mail}"])
    first = mail.first or mail.id
    again = await work.get(Again, first) or Again(id=first, version=-1)
    last = await work.get(Mail, again.last) if again.last else None
    may_go_again(last if last and last.open else mail, await _said_since(mail, work), work.now)
    queued = await queue(
        Letter(
            mail.template,
            mail.person,
            mail.about,
            mail.edition,
            mail.context,
            mail.useful_until,
            mail.lane,
            calendar=mail.context.get("method") is not None or None,
            first=first,
        ),
        work,
    )
    after = work.keep(again.one_more(Repeat(mail=str(queued), by=command.by, at=work.now)))
    return {"mail": str(queued), "first": first, "times": len(after.repeats)}


async def _said_since(mail: Mail, work: Work) -> bool:
    """Of one lane the last mail holds (its repeats say the same); of a line that one has left, none does."""
    if not mail.lane:
        return False
    lanes = [mail.lane, *([f"agenda/{mail.about}"] if mail.lane.startswith("line/") else [])]
    every = [one for lane in lanes for state in (True, False) for one in await work.find(Mail, lane=lane, open=state)]
    first = mail.first or mail.id
    return any(one.seq > mail.seq and (one.first or one.id) != first for one in every)
