"""One contract for every mailer: in memory, and SMTP against a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiosmtpd import smtp as peer_side
from aiosmtpd.smtp import Envelope

from colloque.runtime.mailer.memory import MemoryMailer
from colloque.runtime.mailer.port import Deferred, Failed, Mailer, Sent, Unreachable
from colloque.runtime.mailer.smtp import SmtpMailer, SmtpSettings

SENDER = "post@colloque.example"
LETTER = b"Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\nbonjour\r\n.dots\r\n"


class Box:
    """A mail server for tests: what it has taken, and how it behaves."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.connections = 0
        self.says: dict[str, str] = {}
        self.says_of_data: dict[str, str] = {}
        self.stalls = 0.0
        self.closes_after_data = False
        self.options: list[str] = []

    async def handle_MAIL(  # noqa: N802 (the server's name for it)
        self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.options = options
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.stalls)
        recipient = envelope.rcpt_tos[0]
        if recipient in self.says_of_data:
            return self.says_of_data[recipient]
        content = envelope.original_content
        assert content is not None
        self.taken.append((recipient, content))
        if self.closes_after_data:
            server.transport.abort()
        return "250 taken"


@asynccontextmanager
async def serving(box: Box, port: int, **more: Any) -> AsyncIterator[None]:
    def connected() -> peer_side.SMTP:
        box.connections += 1
        return peer_side.SMTP(box, hostname="box.example", ident="box", enable_SMTPUTF8=True, **more)

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await asyncio.sleep(0)


def free_port() -> int:
    with socket.socket() as probe:
        for port in range(41500, 41600):
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free between 41500 and 41599")


def smtp(port: int, limit: float = 2.0) -> SmtpMailer:
    return SmtpMailer(SmtpSettings(port=port, limit=limit, hello="colloque.example"))


class Peer:
    """The same questions to both adapters."""

    mailer: Mailer
    taken: Callable[[], list[tuple[str, bytes]]]
    refuse: Callable[[str, int, str], None]
    away: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory", "smtp"])
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    peer = Peer()
    if request.param == "memory":
        memory = MemoryMailer()
        peer.mailer = memory
        peer.taken = lambda: [(one.recipient, one.message) for one in memory.box]

        def refuse(who: str, status: int, words: str) -> None:
            memory.answers[who] = (Failed if status >= 500 else Deferred)(status, words)

        async def away() -> None:
            memory.answers["nadia@example.org"] = Unreachable("away")

        peer.refuse, peer.away = refuse, away
        yield peer
        return
    box, port = Box(), free_port()
    async with serving(box, port):
        peer.mailer = smtp(port)
        peer.taken = lambda: box.taken
        peer.refuse = lambda who, status, words: box.says.update({who: f"{status} {words}"})

        async def gone() -> None:
            peer.mailer = smtp(1)

        peer.away = gone
        yield peer
        await peer.mailer.close()


async def test_a_mail_that_is_taken_arrives_as_it_was_written(peer: Peer) -> None:
    assert await peer.mailer.send(SENDER, "nadia@example.org", LETTER) == Sent()
    assert peer.taken() == [("nadia@example.org", LETTER)]


async def test_a_4xx_is_for_later_and_keeps_the_words_of_the_server(peer: Peer) -> None:
    peer.refuse("nadia@example.org", 451, "come again")
    assert await peer.mailer.send(SENDER, "nadia@example.org", LETTER) == Deferred(451, "come again")
    assert peer.taken() == []


async def test_a_5xx_is_for_good_and_spoils_nothing_of_the_next_mail(peer: Peer) -> None:
    peer.refuse("nadia@example.org", 550, "5.1.1 User unknown")
    assert await peer.mailer.send(SENDER, "nadia@example.org", LETTER) == Failed(550, "5.1.1 User unknown")
    assert await peer.mailer.send(SENDER, "marc@example.org", LETTER) == Sent()
    assert peer.taken() == [("marc@example.org", LETTER)]


async def test_where_nobody_listens_no_mail_is_at_fault(peer: Peer) -> None:
    await peer.away()
    assert isinstance(await peer.mailer.send(SENDER, "nadia@example.org", LETTER), Unreachable)


async def test_many_at_once_all_arrive_once(peer: Peer) -> None:
    names = [f"n{i}@example.org" for i in range(20)]
    outcomes = await asyncio.gather(*(peer.mailer.send(SENDER, name, LETTER) for name in names))
    assert outcomes == [Sent()] * 20
    assert sorted(who for who, _ in peer.taken()) == sorted(names)


# ---- SMTP alone
async def test_a_connection_is_kept_for_the_next_mail() -> None:
    box, port = Box(), free_port()
    async with serving(box, port):
        mailer = smtp(port)
        for _ in range(5):
            assert await mailer.send(SENDER, "nadia@example.org", LETTER) == Sent()
        assert (box.connections, len(box.taken)) == (1, 5)
        await mailer.close()


async def test_a_kept_connection_that_the_server_closed_is_replaced_without_a_word() -> None:
    box, port = Box(), free_port()
    async with serving(box, port, timeout=0.1):
        mailer = smtp(port)
        assert await mailer.send(SENDER, "nadia@example.org", LETTER) == Sent()
        await asyncio.sleep(0.3)
        assert await mailer.send(SENDER, "nadia@example.org", LETTER) == Sent()
        assert box.connections == 2
        await mailer.close()


async def test_a_server_that_stalls_defers_the_mail_within_the_limit() -> None:
    box, port = Box(), free_port()
    box.stalls = 5
    async with serving(box, port):
        mailer = smtp(port, limit=0.3)
        async with asyncio.timeout(1):
            outcome = await mailer.send(SENDER, "nadia@example.org", LETTER)
        assert outcome == Deferred(0, "no answer in time")


async def test_a_server_that_closes_in_the_middle_of_the_message_defers_it() -> None:
    box, port = Box(), free_port()
    box.closes_after_data = True
    async with serving(box, port):
        mailer = smtp(port)
        outcome = await mailer.send(SENDER, "nadia@example.org", LETTER)
        assert isinstance(outcome, Deferred)
        assert outcome.status == 0
        box.closes_after_data = False
        assert await mailer.send(SENDER, "nadia@example.org", LETTER) == Sent()
        await mailer.close()


async def test_a_refusal_of_the_content_is_the_outcome_of_this_mail_only() -> None:
    box, port = Box(), free_port()
    box.says_of_data = {"nadia@example.org": "554 no thanks", "marc@example.org": "452 full"}
    async with serving(box, port):
        mailer = smtp(port)
        assert await mailer.send(SENDER, "nadia@example.org", LETTER) == Failed(554, "no thanks")
        assert await mailer.send(SENDER, "marc@example.org", LETTER) == Deferred(452, "full")
        assert await mailer.send(SENDER, "lea@example.org", LETTER) == Sent()
        assert box.connections == 1
        await mailer.close()


async def test_a_server_that_greets_with_421_is_out_of_reach_and_no_mail_is_at_fault() -> None:
    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 too many connections\r\n")
        await writer.drain()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(busy, "127.0.0.1", port):
        outcome = await smtp(port).send(SENDER, "nadia@example.org", LETTER)
    assert isinstance(outcome, Unreachable)


async def test_an_address_beyond_ascii_asks_the_server_for_smtputf8() -> None:
    box, port = Box(), free_port()
    async with serving(box, port):
        mailer = smtp(port)
        assert await mailer.send(SENDER, "zoé@example.org", "To: zoé@example.org\r\n\r\né\r\n".encode()) == Sent()
        assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(box.options)
        assert box.taken[0][0] == "zoé@example.org"
        await mailer.close()


async def test_where_the_server_knows_no_smtputf8_such_an_address_fails_for_good() -> None:
    class Plain(peer_side.SMTP):
        async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
            assert self.session is not None
            self.session.host_name = hostname
            self.session.extended_smtp = True
            await self.push("250 plain.example")

    box, port = Box(), free_port()
    server = await asyncio.get_running_loop().create_server(
        lambda: Plain(box, hostname="plain.example"), "127.0.0.1", port
    )
    async with server:
        mailer = smtp(port)
        outcome = await mailer.send(SENDER, "zoé@example.org", LETTER)
        assert isinstance(outcome, Failed)
        assert outcome.status == 553
        plain = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nété\r\n".encode()
        assert await mailer.send(SENDER, "nadia@example.org", plain) == Sent()
        assert box.taken[0][1].isascii(), "without 8BITMIME nothing beyond ASCII may be sent"
        await mailer.close()
