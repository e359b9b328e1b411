"""The words and bytes of every mail, in both languages, as a MIME parser and a reader see them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colloque.contracts.fact import Fact, SessionChange
from colloque.runtime.mailing import Written
from colloque.web.links import Links
from colloque_notifications.domain.mail import Mail
from colloque_notifications.domain.templates import TEMPLATES
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.ticket import picture
from tests.notifications.house import (
    NOW,
    OPENED,
    RELEASED,
    RELEASED_2,
    SESSIONS,
    SETTINGS,
    agenda_changed,
    amended,
    cancelled,
    confirmed,
    contact,
    file_of,
    house,
    hurried,
    lapsed,
    offered,
    parsed,
    repeated,
    sign_in,
    submitted,
    text_of,
    waitlisted,
)
from tests.notifications.speaking import (
    confirms,
    elsewhere,
    granted,
    invited,
    later,
    postponed,
    release,
    reminded,
    withdraws,
)

GOLDEN: dict[str, Fact | tuple[Fact, ...]] = {
    "confirm_address": submitted(),
    "registration_confirmed": confirmed(without=("s13",)),
    "registration_waitlisted": waitlisted(),
    "place_offered": offered(),
    "offer_shortened": hurried(),
    "offer_expired": lapsed(),
    "registration_amended": amended(without=("s18",)),
    "registration_cancelled": cancelled(),
    "registration_known": repeated(),
    "programme_changed_digest": agenda_changed(),
    "speaker_invited": invited(now=SESSIONS[3].model_copy(update={"abstract": {"fr": "La question ?"}})),
    "speaker_reminded": reminded(),
    "speaker_calendar": confirms("s07"),
    "speaker_withdrawn": (confirms(), withdraws()),
    "programme_changed_speaker": (confirms(), release(3, later(elsewhere(SESSIONS[3])))),
    "edition_changed_speaker": (confirms(), postponed()),
    "team_speaker_left": (granted("nadia"), withdraws()),
    "sign_in": sign_in(),
}
FOLDERS = Path(__file__).parents[2] / "services/notifications/colloque_notifications/mails"
every_mail = pytest.mark.parametrize(
    ("template", "lang"), [(template, lang) for template in TEMPLATES for lang in ("fr", "en")]
)


async def written(template: str, lang: str, **known: str) -> bytes:
    golden = GOLDEN[template]
    facts = golden if isinstance(golden, tuple) else (golden,)
    if template == "sign_in":
        facts = (sign_in(locale=lang),)
    async with house(OPENED, RELEASED, RELEASED_2, contact(locale=lang, **known)) as one:
        await one.send(*facts)
        return one.mailer.box[-1].message


class Page(HTMLParser):
    """What a reader of the HTML part sees, and what they can follow."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.without_style: set[str] = set()
        self._hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        known = dict(attrs)
        if tag in ("style", "title"):
            self._hidden += 1
        if tag in ("p", "td", "th", "a", "h1", "h2") and not known.get("style"):
            self.without_style.add(tag)
        if tag == "a":
            self.links.append((known["href"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def words_of(text: str) -> list[str]:
    return re.findall(r"[\w’'<>*|]+", text.casefold())


@every_mail
async def test_every_mail_is_well_formed_and_both_parts_say_the_same(template: str, lang: str) -> None:
    message = await written(template, lang)
    lint_bytes(message)
    mail = parsed(message)
    assert [defect for part in mail.walk() for defect in part.defects] == []
    text, page = text_of(mail), Page(text_of(mail, "html"))
    assert not re.search(r"hole8|8eloh|[\ue000-\uf8ff]|<!--", text + text_of(mail, "html"))
    shown = words_of(" ".join(page.words))
    lacking = [
        word for word in words_of(re.sub(r"https?://\S+|^  \d\. ", " ", text, flags=re.MULTILINE)) if word not in shown
    ]
    assert lacking == []
    assert {url for url, _ in page.links} == set(re.findall(r"(?<!\()https?://\S+", text))
    assert page.tags.isdisjoint({"img", "script", "link", "iframe", "form"})
    assert page.without_style == set(), "mail programs read no stylesheet"
    assert mail["Content-Language"] == lang
    assert f'<html lang="{lang}">' in text_of(mail, "html")


@every_mail
async def test_every_folder_has_its_words_in_both_languages(template: str, lang: str) -> None:
    assert sorted(path.name for path in (FOLDERS / template).iterdir()) == [
        "body.en.md",
        "body.fr.md",
        "subject.en.txt",
        "subject.fr.txt",
    ]


def test_every_folder_is_a_template_and_every_template_has_its_golden_fact() -> None:
    assert {path.name for path in FOLDERS.iterdir() if path.is_dir()} == set(TEMPLATES) == set(GOLDEN)


def lint_bytes(message: bytes) -> None:
    """What every mail server takes (RFC 5321 §4.5.3, 5322 §2.1.1)."""
    assert message.count(b"\n") == message.count(b"\r\n") == message.count(b"\r"), "a bare CR or LF"
    assert max(map(len, message.split(b"\r\n"))) <= 998, "a line that is too long"
    head, _, _ = message.partition(b"\r\n\r\n")
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert b"\0" not in message


async def test_words_of_a_title_mean_themselves_in_both_parts() -> None:
    message = await written("registration_amended", "fr")
    mail = parsed(message)
    title = "Communs 4/5 : *la place* des <acteurs> publics | [ici](http://ailleurs.example)"
    assert title in re.sub(r"\s+", " ", text_of(mail))
    page = Page(text_of(mail, "html"))
    assert title in re.sub(r"\s+", " ", "".join(page.words))
    assert all("ailleurs.example" not in url for url, _ in page.links)


@pytest.mark.parametrize(
    "name",
    [
        "Éléonore d’Aubigné-Sérusclat de la Très-Longue Maison au Bord de la Rivière qui Serpente",
        "Bob\r\nBcc: everybody@example.org",
        "Eve <script>alert(1)</script> & Co",
        'O"Brien, "Pat" \\ (Paris)',
        "=?utf-8?q?Mallory?=",
        "李小龍 ￼\u2028X: y",
        "hole8confirm8eloh",
    ],
)
async def test_a_name_is_words_wherever_it_stands(name: str) -> None:
    message = await written("confirm_address", "fr", given=name, family="")
    lint_bytes(message)
    mail = parsed(message)
    assert [str(part) for part in mail.defects] == []
    (to,) = mail["To"].addresses
    assert (to.addr_spec, mail["Bcc"], mail["X"]) == ("nadia.benali@example.org", None, None)
    plain = " ".join(re.sub(r"[\x00-\x1f\u2028]+", " ", name).split())
    assert " ".join(to.display_name.split()) == plain
    assert plain in " ".join(text_of(mail).split())
    page = Page(text_of(mail, "html"))
    assert plain in " ".join("".join(page.words).split())
    assert "script" not in page.tags


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=120))
def test_any_name_makes_one_well_formed_to_line(name: str) -> None:
    mailbox = Mailbox.of(name, "nadia@example.org")
    assert mailbox is not None
    head = f"To: {mailbox}\r\n\r\n".encode()
    lint_bytes(head)
    mail = parsed(head)
    assert len(mail.keys()) == 1
    assert [one.addr_spec for one in mail["To"].addresses] == ["nadia@example.org"]


@pytest.mark.parametrize(
    "address", ["", "nadia", "a b@example.org", "a@b\r\nBcc: x@y", "<a@b>", "a@b@c", "a,b@example.org", "@", "a@"]
)
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    assert Mailbox.of("Nadia", address) is None


def test_a_domain_beyond_ascii_is_written_as_the_net_knows_it() -> None:
    mailbox = Mailbox.of("", "nadia@mairie-épinal.example")
    assert mailbox is not None
    assert mailbox.email == "nadia@xn--mairie-pinal-heb.example"


def test_a_picture_is_read_back_to_its_code() -> None:
    code = Links(SETTINGS).mint("ticket", "abcdefghjkmnpqrstuvw", 3, NOW)
    image = Image.open(io.BytesIO(picture(code)))
    image.load()
    assert image.mode == "1"
    assert [found.text for found in zxingcpp.read_barcodes(image.convert("L"))] == [code]


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbarimg (Debian: zbar-tools) is not installed here")
def test_another_reader_reads_the_same_code(tmp_path: Path) -> None:
    code = Links(SETTINGS).mint("ticket", "abcdefghjkmnpqrstuvw", 3, NOW)
    (tmp_path / "ticket.png").write_bytes(picture(code))
    read = subprocess.run(
        ["zbarimg", "--raw", "-q", str(tmp_path / "ticket.png")], capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == code


async def test_the_ticket_is_an_opaque_token_of_this_registration() -> None:
    mail = parsed(await written("registration_confirmed", "fr"))
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(file_of(mail, "image/png"))).convert("L"))
    ticket = Links(SETTINGS).read("ticket", found.text, NOW)
    assert (ticket.subject, ticket.generation) == ("r0001", 0)
    assert f"/fr/ticket/{found.text}" in text_of(mail)


async def test_a_form_is_compiled_once_and_the_same_mail_has_the_same_bytes() -> None:
    async with house(posting=False) as one:
        await one.hear(confirmed())
        mailing = one.room.mailing
        assert mailing is not None
        (first,), (second,) = await mailing.write(one.mails), await mailing.write(one.mails)
        assert isinstance(first, Written)
        assert isinstance(second, Written)
        strip = re.compile(rb"Date: [^\r]+")
        assert strip.sub(b"", first.message) == strip.sub(b"", second.message)
        assert first.files == second.files


async def test_the_sender_is_the_house_under_the_name_of_the_edition() -> None:
    mail = parsed(await written("registration_confirmed", "fr"))
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Numérique en Commun[s] 2018", "nec18@colloque.example")


async def test_three_hundred_sessions_with_long_titles_make_no_line_too_long() -> None:
    sessions = [
        SESSIONS[1].model_copy(update={"id": f"x{i:03}", "title": {"fr": f"{i} hole8nothing8eloh " + "très " * 300}})
        for i in range(300)
    ]
    released = RELEASED.model_copy(
        update={"changes": tuple(SessionChange(session=one.id, current=one) for one in sessions)}
    )
    async with house(OPENED, released, contact()) as one:
        (mail,) = await one.send(confirmed(sessions=("x007", "x299")))
        lint_bytes(one.mailer.box[0].message)
        assert len(re.findall("Plateau Loire", text_of(mail))) == 2


def test_a_mail_has_an_id_that_only_its_cause_template_and_person_make() -> None:
    ids = {Mail.id_of(c, t, p) for c in ("c1", "c2") for t in ("a", "b") for p in ("x", "y")}
    assert len(ids) == 8
