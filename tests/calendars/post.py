"""The notifications room with its postman, and a mail server that keeps what comes: mails as strangers get them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

from colloque.contracts.fact import Fact
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.smtp import SmtpMailer, SmtpSettings
from colloque.runtime.postman import Postman
from colloque.runtime.work import Timer
from colloque_embedded.faults import Orders
from colloque_embedded.mailbox import Mailbox, MailboxWriter
from colloque_embedded.sink import Sink
from tests.calendars.mails import lint_mails, parsed
from tests.notifications.house import House


class Post:
    def __init__(self, house: House, mailbox: Mailbox) -> None:
        self.house = house
        self._mailbox = mailbox

    async def send(self, *facts: Fact) -> list[EmailMessage]:
        """What leaves the house when this is heard, with all that falls due."""
        before = len(self._mailbox.since())
        await self.house.hear(*facts)
        while due := [one for one in self.house.store.docs(Timer).values() if one.at <= self.house.clock.now()]:
            await self.house.desk.ring(due[0])
        return await self.since(before)

    async def since(self, before: int) -> list[EmailMessage]:
        await self.house.settle()
        return [parsed(self._mailbox.raw(mail)) for mail in self._mailbox.since(before)]

    @property
    def count(self) -> int:
        return len(self._mailbox.since())


def invitation_in(mail: EmailMessage) -> bytes | None:
    """Where calendars look: the last way to read it, if that is one."""
    for part in mail.walk():
        if part.get_content_type() == "text/calendar" and not part.get_filename():
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            return body
    return None


@asynccontextmanager
async def posting(folder: Path, *heard: Fact) -> AsyncIterator[Post]:
    writer = MailboxWriter(folder / "received")
    server = await asyncio.get_running_loop().create_server(lambda: Sink(writer, Orders()), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    house = House()
    mailer = SmtpMailer(SmtpSettings(port=port, hello="colloque.example"))
    async with house.desk.running():
        await house.hear(*heard)
        assert house.room.mailing is not None
        lease = Lease(house.store, "postman", "over SMTP", seconds=30)
        postman = Postman(house.desk, house.room.mailing, mailer, lease, poll=0.05)
        task = asyncio.create_task(postman.run())
        post = Post(house, Mailbox(folder / "received"))
        try:
            yield post
            lint_mails(await post.since(0))
        finally:
            task.cancel()
            await asyncio.wait([task])
            postman.abandon()
            await mailer.close()
            server.close()
