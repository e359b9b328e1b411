"""Mails a second of the notifications room: queued ones written, sent and reported by its postman. The floor: as many
connections of a bare aiosmtplib, and each message of the same words and files built with `EmailMessage`."""

from __future__ import annotations

import asyncio
import email
import email.policy
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any, NamedTuple

import aiosmtplib

from bench.figures import Figure, times_at_least
from bench.plan import Plan
from colloque.contracts.fact import EditionFrame, RoomFrame, SessionFrame, Slot, Venue
from colloque.runtime.clock import SystemClock
from colloque.runtime.desk import Desk
from colloque.runtime.lease import Lease
from colloque.runtime.mailer.smtp import SmtpMailer, SmtpSettings
from colloque.runtime.postman import CONNECTIONS, Postman
from colloque.runtime.store.mongo import Client, MongoStore, connect
from colloque.runtime.work import Document
from colloque.web.serve import tidy_memory
from colloque_embedded.keys import keys
from colloque_embedded.servers import Folder, Ports, Servers
from colloque_embedded.servers.ports import HOST
from colloque_notifications.domain.known import KnownContact, KnownEdition, KnownProgramme, KnownSession
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.room import build
from colloque_notifications.settings import NotificationsSettings

EDITION = "bench-2027"
TEMPLATES = ("confirm_address", "registration_confirmed")
"""One after the other, as a registration sends them: the second with ticket and calendar."""
SESSIONS = 12


async def mails(plan: Plan) -> Sequence[Figure]:
    with tempfile.TemporaryDirectory(prefix="colloque-bench-") as path:
        servers = Servers(Folder(Path(path)), Ports.free(), database_program=plan.database)
        async with servers, connect(servers.mongodb) as client:
            given: dict[str, Any] = {"base_url": "http://127.0.0.1:8000", **keys(Path(path) / "keys.json")}
            settings = NotificationsSettings(**given)
            rate = await _ours(client, settings, servers, plan.mails)
            mailbox = servers.mailbox
            mailbox.refresh()
            if len({mail.recipients for mail in mailbox.mails}) != plan.mails or len(mailbox.mails) != plan.mails:
                raise AssertionError(f"{plan.mails} mails were queued and {len(mailbox.mails)} came")
            samples = [_sample(mailbox.raw(mail)) for mail in mailbox.mails[:50]]
            kinds = [next(one for one in samples if bool(one.files) == files) for files in (False, True)]
            floor = await _bare(servers.ports.smtp, kinds, plan.mails)
    print("  sizes: " + ", ".join(f"{one.size} bytes with {len(one.files)} files" for one in kinds))
    return [Figure("mails.rate", rate, "a second", floor, times_at_least(1))]


async def _ours(client: Client, settings: NotificationsSettings, servers: Servers, count: int) -> float:
    store = MongoStore(client, "notifications", "bench_")
    desk = Desk("notifications", store, SystemClock(), key=b"bench", sole=True)
    mailing = build(desk, settings).mailing
    assert mailing is not None
    mailer = SmtpMailer(SmtpSettings(host=HOST, port=servers.ports.smtp))
    async with desk.running():
        await store.seed(_known())
        await store.seed(_queue(count))
        postman = Postman(desk, mailing, mailer, Lease(store, "postman", desk.name))
        tidy_memory()
        began = time.perf_counter()
        carrying = asyncio.create_task(postman.run())
        async with asyncio.timeout(60 + count * 0.1):
            while postman.counts["sent"] < count and not carrying.done():  # noqa: ASYNC110 - too often to be seen
                await asyncio.sleep(0.005)
        took = time.perf_counter() - began
        carrying.cancel()
        await asyncio.wait([carrying])
        await postman.stop()
        print(f"  postman: {dict(postman.counts)}; turns of {_mean(desk.sizes):.1f}")
    await store.close()
    return count / took


def _mean(sizes: dict[int, int]) -> float:
    return sum(size * times for size, times in sizes.items()) / max(1, sum(sizes.values()))


def _known() -> list[Document]:
    first = date(2027, 3, 4)
    frame = EditionFrame(
        edition=EDITION,
        series="bench",
        code="BENCH27",
        title={"fr": "Colloque mesuré", "en": "Measured conference"},
        starts_on=first,
        ends_on=first,
        tz="Europe/Paris",
        venue=Venue(name="École d'architecture", municipality="Nantes"),
        capacity=100_000,
        contact_email="bench@example.org",
    )
    sessions = {
        f"s{n:03}": KnownSession(frame=_session(n, first), changed_at=datetime.now(UTC)) for n in range(SESSIONS)
    }
    return [KnownEdition(id=EDITION, frame=frame, state="open"), KnownProgramme(id=EDITION, n=1, sessions=sessions)]


def _session(n: int, on: date) -> SessionFrame:
    starts = datetime(on.year, on.month, on.day, 7, tzinfo=UTC) + timedelta(hours=n // 6)
    return SessionFrame(
        id=f"s{n:03}",
        title={"fr": f"Session {n} : partager ce qui marche", "en": f"Session {n}: sharing what works"},
        format="workshop",
        room=RoomFrame(id=f"salle{n % 6}", name=f"Salle {n % 6}", capacity=100_000),
        slot=Slot(starts_at=starts, ends_at=starts + timedelta(minutes=50), tz="Europe/Paris"),
        seats=100_000,
        booking="open",
    )


def _queue(count: int) -> list[Document]:
    """People, and a mail to each, as its steps would have left them."""
    now, found = datetime.now(UTC).replace(microsecond=0), list[Document]()
    link = {"links": 0, "until": (now + timedelta(hours=48)).isoformat()}
    ticket = {"links": 0, "sessions": ["s000", "s006"], "without": []}
    for n in range(count):
        template, person = TEMPLATES[n % 2], f"somebody{n:012}"
        context = ticket | {"number": n} if n % 2 else link
        at = now - timedelta(milliseconds=count - n)
        found += [
            KnownContact(
                id=person, epoch=1, revision=1, given=f"Zoé {n}", family="O’Neil-Kérien", email=f"p{n}@example.org"
            ),
            Mail(
                id=f"mail{n:016}",
                template=template,
                wording=1,
                context=context,
                person=person,
                edition=EDITION,
                about=f"registration{n:08}",
                story=f"registration{n:08}",
                cause=f"cause{n:015}",
                queued_at=at,
                due_at=at,
                lane=f"agenda/registration{n:08}" if n % 2 else "",
                seq=n + 1,
            ),
        ]
    counts = {"confirm_address/queued": (count + 1) // 2, "registration_confirmed/queued": count // 2}
    return [*found, MailBook(id=EDITION, n=count, counts=counts)]


# ---- the floor
class Sample(NamedTuple):
    subject: str
    text: str
    html: str
    files: tuple[tuple[str, str, bytes], ...]
    """Each: name, media type, content."""
    size: int


def _sample(raw: bytes) -> Sample:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None  # noqa: PT018 - every mail has both
    files = tuple(
        (part.get_filename() or "", part.get_content_type(), bytes(part.get_payload(decode=True) or b""))
        for part in mail.iter_attachments()
    )
    return Sample(str(mail["subject"]), text.get_content(), html.get_content(), files, len(raw))


async def _bare(port: int, samples: Sequence[Sample], count: int) -> float:
    numbers, began = iter(range(count)), time.perf_counter()

    async def sends() -> None:
        async with aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False) as smtp:
            for n in numbers:
                await smtp.send_message(_built(samples[n % len(samples)], n))

    async with asyncio.timeout(60 + count * 0.1), asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS):
            tasks.create_task(sends())
    return count / (time.perf_counter() - began)


def _built(sample: Sample, n: int) -> EmailMessage:
    mail: Any = EmailMessage()
    mail["From"], mail["To"] = "Colloque mesuré <bench@example.org>", f"Zoé {n} <q{n}@example.org>"
    mail["Subject"], mail["Date"] = sample.subject, format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    mail.set_content(f"{n}\n{sample.text}")
    mail.add_alternative(sample.html, subtype="html")
    for name, media_type, content in sample.files:
        main, _, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    built: EmailMessage = mail
    return built
