"""Mails sent to the sink by an ordinary client."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest

from colloque_embedded.faults import Fault, Faults
from colloque_embedded.mailbox import Mailbox, MailboxWriter
from colloque_embedded.servers import Child, Folder, Ports
from colloque_embedded.servers.stack import mailbox_path, sink

WORDS = "Subject: Bonjour\r\n\r\nVotre place est retenue.\r\n"


class Post:
    def __init__(self, folder: Folder, ports: Ports) -> None:
        self.child: Child = sink(folder, ports)
        self.mailbox = Mailbox(mailbox_path(folder))
        self.faults = Faults(ports.faults)
        self.port = ports.smtp

    def client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False, timeout=1)

    async def send(self, *to: str, message: str | bytes = WORDS) -> str:
        async with self.client() as client:
            _, answer = await client.sendmail(
                "maison@example.org", to, message, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
            )
            return answer

    def kept(self) -> list[tuple[tuple[str, ...], bytes]]:
        return [(mail.recipients, self.mailbox.raw(mail)) for mail in self.mailbox.since()]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    folder = Folder(tmp_path / "var")
    folder.take()
    post = Post(folder, Ports.free())
    await post.child.start()
    yield post
    await post.child.stop()
    folder.leave()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(WORDS.encode(), id="plain"),
        pytest.param("Subject: Été à Orléans\r\n\r\nDéjà ✓\r\n".encode(), id="8 bit"),
        pytest.param(b".\r\nS: .\r\n\r\n.\r\n..\r\n.dot.\r\nends with a dot.\r\n.\r\n", id="dots"),
        pytest.param(b"S: x\r\n\r\n" + b"a" * 200_000 + b"\r\n", id="one long line"),
        pytest.param(b"S: x\r\n\r\n" + b"Il pleut.\r\n" * 100_000, id="a megabyte"),
        pytest.param(b"\r\n", id="empty"),
    ],
)
async def test_a_mail_is_kept_byte_for_byte(post: Post, message: bytes) -> None:
    await post.send("amina@example.org", message=message)
    assert post.kept() == [(("amina@example.org",), message)]


async def test_an_address_beyond_ascii_is_taken(post: Post) -> None:
    await post.send("zoé@exämple.org")
    assert post.kept() == [(("zoé@exämple.org",), WORDS.encode())]


async def test_many_mails_on_few_connections_are_all_kept(post: Post) -> None:
    async def several(name: str) -> None:
        async with post.client() as client:
            for n in range(50):
                await client.sendmail("maison@example.org", [f"{name}{n}@example.org"], WORDS)

    await asyncio.gather(*(several(name) for name in "abcd"))
    assert sorted(to for (to,), _ in post.kept()) == sorted(
        f"{name}{n}@example.org" for name in "abcd" for n in range(50)
    )


async def test_mails_survive_a_kill_of_the_sink_and_numbers_go_on(post: Post) -> None:
    await post.send("amina@example.org")
    post.child.kill()
    await post.child.start()
    await post.send("basile@example.org")
    assert [(mail.n, mail.recipients) for mail in post.mailbox.since()] == [
        (1, ("amina@example.org",)),
        (2, ("basile@example.org",)),
    ]


async def test_one_recipient_is_refused_for_good_and_the_others_are_not(post: Post) -> None:
    await post.faults.set(Fault("refuse", to="amina@", reply="550 5.1.1 User unknown"))
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await post.send("amina@example.org")
    assert [(error.code, error.message) for error in refused.value.recipients] == [(550, "5.1.1 User unknown")]
    await post.send("basile@example.org")
    assert [to for to, _ in post.kept()] == [("basile@example.org",)]
    assert await post.faults.met() == [1]


async def test_a_temporary_refusal_ends_after_so_many_times(post: Post) -> None:
    await post.faults.set(Fault("refuse", reply="451 4.7.1 Greylisted", times=2))
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await post.send("amina@example.org")
    await post.send("amina@example.org")
    assert len(post.kept()) == 1


async def test_a_whole_mail_is_refused_after_its_last_line(post: Post) -> None:
    await post.faults.set(Fault("refuse", reply="452 4.3.1 Disk full", when="data"))
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await post.send("amina@example.org")
    assert refused.value.code == 452
    await post.faults.clear()
    await post.send("amina@example.org")
    assert len(post.kept()) == 1


async def test_a_connection_refused_once_goes_on_with_the_next_mail(post: Post) -> None:
    await post.faults.set(Fault("refuse", reply="554 5.6.0 No", when="data", times=1))
    async with post.client() as client:
        with pytest.raises(aiosmtplib.SMTPDataError):
            await client.sendmail("maison@example.org", ["amina@example.org"], WORDS)
        await client.sendmail("maison@example.org", ["basile@example.org"], WORDS)
    assert [to for to, _ in post.kept()] == [("basile@example.org",)]


@pytest.mark.parametrize("when", ["rcpt", "data"])
async def test_a_stalling_server_lets_the_client_wait(post: Post, when: str) -> None:
    await post.faults.set(Fault("stall", seconds=0.3, when="rcpt" if when == "rcpt" else "data"))
    began = time.monotonic()
    await post.send("amina@example.org")
    assert time.monotonic() - began >= 0.3
    await post.faults.set(Fault("stall", when="rcpt" if when == "rcpt" else "data"))
    with pytest.raises((aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected)):
        await post.send("basile@example.org")
    assert [to for to, _ in post.kept()] == [("amina@example.org",)]


async def test_a_connection_closed_in_mid_message_keeps_nothing(post: Post) -> None:
    await post.faults.set(Fault("close", times=1))
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await post.send("amina@example.org", message=WORDS + "x" * 500_000)
    assert post.kept() == []
    await post.send("amina@example.org")
    assert len(post.kept()) == 1


async def test_a_mail_can_be_taken_without_the_sender_hearing_of_it(post: Post) -> None:
    await post.faults.set(Fault("take_and_close", times=1))
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await post.send("amina@example.org")
    assert [to for to, _ in post.kept()] == [("amina@example.org",)]


async def test_whoever_waits_for_a_mail_gets_the_one_that_is_like_it(post: Post) -> None:
    waiting = asyncio.create_task(post.mailbox.arrival("amina@", like=lambda raw: b"billet" in raw))
    await post.send("amina@example.org")
    await post.send("basile@example.org", message="Subject: billet\r\n\r\n")
    await post.send("amina@example.org", message="Subject: billet\r\n\r\n")
    assert (await waiting).n == 3


def test_half_a_record_left_by_a_crash_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "received"
    MailboxWriter(path).append("maison@example.org", ["amina@example.org"], b"one")
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut])
        reader = Mailbox(path)
        assert [mail.n for mail in reader.since()] == [1]
        MailboxWriter(path).append("maison@example.org", ["basile@example.org"], b"two")
        assert [reader.raw(mail) for mail in reader.since()] == [b"one", b"two"]
