"""An organiser has a mail sent again: written anew from what is known now, to the address that is known now."""

from __future__ import annotations

from colloque.runtime.work import Answer, Work
from colloque_notifications.commands import SendAgain
from colloque_notifications.domain.again import Again, Repeat, UnknownMail, to_say_again
from colloque_notifications.domain.mail import Mail
from colloque_notifications.steps.tell import Letter, queue


async def send_again(command: SendAgain, work: Work) -> Answer:
    mail = await work.get(Mail, command.mail)
    if mail is None or mail.edition != command.edition:
        raise UnknownMail(objects=[f"mail/{command.mail}"])
    first = mail.first or mail.id
    again = await work.get(Again, first) or Again(id=first, version=-1)
    last = await work.get(Mail, again.last) if again.last else None
    context = to_say_again(last if last and last.open else mail, await _told(mail, work), work.now)
    queued = await queue(
        Letter(
            mail.template,
            mail.person,
            mail.about,
            mail.edition,
            dict(context),
            mail.useful_until,
            mail.lane,
            calendar=context.get("method") is not None or None,
            first=first,
        ),
        work,
    )
    after = work.keep(again.one_more(Repeat(mail=str(queued), by=command.by, at=work.now)))
    return {"mail": str(queued), "first": first, "times": len(after.repeats)}


async def _told(mail: Mail, work: Work) -> list[Mail]:
    """Of one lane the last mail holds; of a line that one has left, none does."""
    if not mail.lane:
        return []
    lanes = [mail.lane, *([f"agenda/{mail.about}"] if mail.lane.startswith("line/") else [])]
    return [one for lane in lanes for state in (True, False) for one in await work.find(Mail, lane=lane, open=state)]
