"""The mail sink: an SMTP server that keeps everything and delivers nothing. A process of its own.

It stands on the benchmark's path, so a mail costs as little as the protocol allows: the message is read in one piece,
not line by line, and kept by one write.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from pathlib import Path

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from colloque_embedded.faults import HOST, Orders
from colloque_embedded.mailbox import MailboxWriter

LARGEST = 32 << 20


class Sink(SMTP):
    # It bounds the stream's buffer, from which a whole message is taken at once; commands have limits of their own.
    line_length_limit = LARGEST

    def __init__(self, mailbox: MailboxWriter, orders: Orders) -> None:
        super().__init__(self, enable_SMTPUTF8=True, data_size_limit=LARGEST, hostname="localhost", ident="Colloque")
        self._mailbox, self._orders = mailbox, orders

    async def handle_RCPT(  # noqa: N802 - the library's name and arguments
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if slow := self._orders.meet([address], "stall", when="rcpt"):
            await asyncio.sleep(slow.seconds)
        if fault := self._orders.meet([address], "refuse", when="rcpt"):
            return fault.reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        envelope = self.envelope
        assert envelope is not None
        if await self.check_helo_needed():
            return
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        if self._orders.meet(envelope.rcpt_tos, "close"):
            await self._reader.read(1)
            self._writer.close()
            return
        content = await self._message()
        if slow := self._orders.meet(envelope.rcpt_tos, "stall", when="data"):
            await asyncio.sleep(slow.seconds)
        answer = "250 2.0.0 Kept"
        if len(content) > LARGEST:
            answer = "552 5.3.4 Too large"
        elif fault := self._orders.meet(envelope.rcpt_tos, "refuse", when="data"):
            answer = fault.reply
        else:
            self._mailbox.append(envelope.mail_from or "", envelope.rcpt_tos, content)
        if self._orders.meet(envelope.rcpt_tos, "take_and_close"):
            self._writer.close()
            return
        self._set_rset_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    async def _message(self) -> bytes:
        """Up to the line with a lone dot, the dots that the sender doubled made single again."""
        taken = bytearray()
        while not (taken == b".\r\n" or taken.endswith(b"\r\n.\r\n")):
            try:
                taken += await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as more:
                taken += await self._reader.readexactly(more.consumed)
        message = bytes(taken[:-3])
        message = message.replace(b"\r\n.", b"\r\n") if b"\r\n." in message else message
        return message.removeprefix(b".")


async def serve(smtp: int, faults: int, mailbox: Path) -> None:
    orders, kept = Orders(), MailboxWriter(mailbox)
    loop = asyncio.get_running_loop()
    await asyncio.start_server(orders.listen, HOST, faults)
    server = await loop.create_server(lambda: Sink(kept, orders), HOST, smtp)
    print(f"listening on {HOST}:{smtp}", flush=True)
    await server.serve_forever()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--smtp", type=int, required=True)
    options.add_argument("--faults", type=int, required=True)
    options.add_argument("--mailbox", type=Path, required=True)
    asked = options.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    uvloop.run(serve(asked.smtp, asked.faults, asked.mailbox))


if __name__ == "__main__":
    main()
