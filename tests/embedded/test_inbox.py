"""The web inbox, read as a person and as a program would."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from colloque_embedded.inbox import inbox
from colloque_embedded.mailbox import Mailbox, MailboxWriter

LINK = "https://colloque.example/r/eyJh.bGci-Oi_J"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


def confirmation(to: str = "amina@example.org", link: str = LINK) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "NEC18 <maison@example.org>", to
    mail["Subject"] = "Votre inscription à NEC18 est confirmée"
    mail["Message-ID"] = "<m-1@colloque.example>"
    mail.set_content(f"Bonjour Amina,\n\nC’est ici : {link}.\n")
    mail.add_alternative(
        f'<html><head><title>x</title></head><body><a href="{link}">Confirmer</a> '
        '<a href="https://colloque.example/nec-2018">le programme</a><img src="cid:billet" alt="">'
        "<script>alert(1)</script></body></html>",
        subtype="html",
    )
    page = mail.get_body(("html",))
    assert isinstance(page, EmailMessage)
    page.add_related(PIXEL, "image", "png", cid="<billet>", filename="billet.png")
    mail.add_attachment(b"BEGIN:VCALENDAR\r\n", "text", "calendar", filename="nec18 été.ics")
    return mail.as_bytes()


class Post:
    def __init__(self, path: Path, http: httpx.AsyncClient) -> None:
        self._writer = MailboxWriter(path)
        self.http = http

    def receive(self, to: str = "amina@example.org", raw: bytes | None = None) -> bytes:
        content = raw or confirmation(to)
        self._writer.append("maison@example.org", [to], content)
        return content


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    app = FastAPI()
    app.include_router(inbox(Mailbox(tmp_path / "received")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        yield Post(tmp_path / "received", http)


async def test_an_empty_inbox_says_so(post: Post) -> None:
    page = await post.http.get("/dev/mail")
    assert page.status_code == 200
    assert "Aucun courriel pour l’instant." in page.text


async def test_the_newest_mail_comes_first_and_older_ones_follow(post: Post) -> None:
    for n in range(60):
        post.receive(f"p{n}@example.org")
    newest = (await post.http.get("/dev/mail")).text
    assert newest.index("p59@") < newest.index("p58@")
    assert "p10@" in newest
    assert "p9@" not in newest
    older = (await post.http.post("/dev/mail", data={"to": "", "before": "11"})).text
    assert "p9@" in older
    assert "p10@" not in older


async def test_mails_are_found_by_recipient(post: Post) -> None:
    post.receive("amina@example.org")
    post.receive("basile@example.org")
    found = (await post.http.post("/dev/mail", data={"to": "AMINA@"})).text
    assert "amina@example.org" in found
    assert "basile@example.org" not in found
    assert "Aucun courriel pour « nobody »." in (await post.http.post("/dev/mail", data={"to": "nobody"})).text


async def test_a_mail_shows_its_text_its_page_and_its_attachments(post: Post) -> None:
    raw = post.receive()
    page = await post.http.get("/dev/mail/1")
    assert "Votre inscription à NEC18 est confirmée" in page.text
    assert f'href="{LINK}"' in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert (await post.http.get("/dev/mail/1/raw")).content == raw
    calendar = await post.http.get("/dev/mail/1/parts/2")
    assert calendar.content == b"BEGIN:VCALENDAR\r\n"
    assert calendar.headers["content-disposition"] == "attachment; filename*=UTF-8''nec18%20%C3%A9t%C3%A9.ics"


async def test_the_page_of_a_mail_is_fenced_in_and_shows_its_own_pictures(post: Post) -> None:
    post.receive()
    page = await post.http.get("/dev/mail/1/page")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert f'<img src="data:image/png;base64,{b64encode(PIXEL).decode()}" alt="">' in page.text
    picture = await post.http.get("/dev/mail/1/parts/1")
    assert (picture.headers["content-type"], picture.content) == ("image/png", PIXEL)


async def test_a_program_reads_the_links_of_the_mails_it_has_not_seen(post: Post) -> None:
    post.receive("amina@example.org")
    first = (await post.http.get("/dev/mail/api/mails")).json()
    assert first["next"] == 1
    [mail] = first["mails"]
    assert mail.pop("at") > 0
    assert mail == {
        "n": 1,
        "sender": "maison@example.org",
        "recipients": ["amina@example.org"],
        "subject": "Votre inscription à NEC18 est confirmée",
        "message_id": "<m-1@colloque.example>",
        "links": [LINK, "https://colloque.example/nec-2018"],
    }
    assert (await post.http.get("/dev/mail/api/mails?after=1")).json() == {"mails": [], "next": 1}


async def test_a_program_pages_by_cursor_and_by_recipient(post: Post) -> None:
    for name in ("amina", "basile", "amina", "amina"):
        post.receive(f"{name}@example.org")
    asked = {"after": 0, "to": "amina@example.org", "limit": 2}
    first = (await post.http.post("/dev/mail/api/mails", json=asked)).json()
    assert ([mail["n"] for mail in first["mails"]], first["next"]) == ([1, 3], 3)
    second = (await post.http.post("/dev/mail/api/mails", json=asked | {"after": first["next"]})).json()
    assert ([mail["n"] for mail in second["mails"]], second["next"]) == ([4], 4)


async def test_a_program_waits_for_a_mail_to_come(post: Post) -> None:
    waiting = asyncio.create_task(post.http.post("/dev/mail/api/mails", json={"to": "amina@", "wait": 5}))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    post.receive("amina@example.org")
    assert [mail["n"] for mail in (await waiting).json()["mails"]] == [1]


async def test_a_program_gets_one_mail_taken_apart_and_as_it_came(post: Post) -> None:
    raw = post.receive()
    mail = (await post.http.get("/dev/mail/api/mails/1")).json()
    assert mail["text"].startswith("Bonjour Amina,")
    assert "<title>x</title>" in mail["html"]
    assert [(part["name"], part["media_type"], part["url"]) for part in mail["parts"]] == [
        ("billet.png", "image/png", "/dev/mail/1/parts/1"),
        ("nec18 été.ics", "text/calendar", "/dev/mail/1/parts/2"),
    ]
    source = await post.http.get("/dev/mail/api/mails/1/raw")
    assert (source.headers["content-type"], source.content) == ("message/rfc822", raw)


async def test_what_is_not_there_is_not_found(post: Post) -> None:
    post.receive()
    for path in ("2", "0", "2/page", "2/raw", "1/parts/3", "api/mails/2"):
        assert (await post.http.get(f"/dev/mail/{path}")).status_code == 404, path


async def test_a_mail_that_is_no_mail_is_shown_all_the_same(post: Post) -> None:
    post.receive(raw=b"\xff\xfe<script>alert(1)</script>")
    post.receive(raw=b"Subject: <script>alert(2)</script>\r\nContent-Type: text/html; charset=nonsense\r\n\r\n\xe9")
    for path in ("", "/1", "/2", "/2/page", "/api/mails", "/api/mails/1", "/api/mails/2"):
        answer = await post.http.get(f"/dev/mail{path}")
        assert answer.status_code == 200, path
    assert "<script>" not in (await post.http.get("/dev/mail")).text
