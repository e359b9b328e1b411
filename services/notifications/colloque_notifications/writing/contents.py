"""What one person's mail says: the values of its holes, which blocks are shown, which files it carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from colloque.contracts.fact import EditionFrame
from colloque.web import french
from colloque.web.i18n import lang_of
from colloque.web.links import Links
from colloque_notifications.domain.known import KnownContact
from colloque_notifications.domain.mail import Mail
from colloque_notifications.settings import NotificationsSettings
from colloque_notifications.writing import speaking
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.agenda import Course
from colloque_notifications.writing.marks import clean
from colloque_notifications.writing.press import CLASHES, Kept
from colloque_notifications.writing.ticket import picture

AFTERWARDS = timedelta(days=30)
"""How long after its edition a registration can still be looked at."""


@dataclass
class Content:
    values: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)


def locale_of(mail: Mail, contact: KnownContact) -> str:
    return lang_of(mail.context.get("locale", contact.locale)) or "fr"


class Contents:
    def __init__(self, settings: NotificationsSettings) -> None:
        self.base = settings.base_url
        self.links = Links(settings)
        self._of: dict[str, Callable[[Content, Mail, str, Kept], None]] = {
            "confirm_address": self._confirm_address,
            "registration_confirmed": self._confirmed,
            "registration_waitlisted": self._waitlisted,
            "place_offered": self._offered,
            "offer_shortened": self._offered,
            "offer_expired": self._lapsed,
            "registration_amended": self._amended,
            "registration_cancelled": self._cancelled,
            "programme_changed_digest": self._agenda_changed,
            "registration_known": self._known,
            "speaker_invited": self._speaker_asked,
            "speaker_reminded": self._speaker_asked,
            "speaker_calendar": self._speaker_told,
            "speaker_withdrawn": self._speaker_told,
            "programme_changed_speaker": self._speaker_told,
            "edition_changed_speaker": self._speaker_told,
            "team_speaker_left": self._speaker_left,
            "sign_in": self._sign_in,
        }

    def of(self, mail: Mail, contact: KnownContact, lang: str, kept: Kept) -> Content:
        content = Content({"name": clean(contact.name)})
        self._of[mail.template](content, mail, lang, kept)
        if "method" in mail.context and (to := Mailbox.of(contact.name, contact.email)):
            speaking.entry(content, mail, to, kept)
        return content

    def _confirm_address(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        until = datetime.fromisoformat(mail.context["until"])
        token = self.links.mint("confirm", mail.about, mail.context["links"], until)
        tz = kept.frame.tz if kept.frame else "UTC"
        content.values |= {
            "confirm": f"{self.base}/{lang}/confirm/{token}",
            "until": french.moment(until, tz, lang),
        }

    def _confirmed(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        self._own_page(content, mail, lang, kept)
        ticket = self._token("ticket", mail, kept)
        content.values |= {
            "number": french.number(mail.context["number"], lang),
            "ticket": f"{self.base}/{lang}/ticket/{ticket}",
        }
        content.files["ticket"] = picture(ticket)
        self._sessions(content, mail, kept)

    def _waitlisted(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        self._own_page(content, mail, lang, kept)
        content.values["rank"] = french.ordinal(mail.context["rank"], lang)
        content.shown.add("declined" if mail.context.get("declined") else "full")

    def _offered(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        self._own_page(content, mail, lang, kept)
        until = datetime.fromisoformat(mail.context["until"])
        assert kept.frame is not None
        page = f"{self.base}/{lang}/offer/{self.links.mint('offer', mail.about, mail.context['links'], until)}"
        moment = french.full_moment(until, kept.frame.tz, lang)
        rank = french.ordinal(mail.context["rank"], lang)
        content.values |= {"offer": page, "later": f"{page}#later", "until": moment, "rank": rank}

    def _lapsed(self, _content: Content, _mail: Mail, _lang: str, _kept: Kept) -> None:
        """What was to be said is said alike to everybody."""

    def _amended(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        self._own_page(content, mail, lang, kept)
        self._sessions(content, mail, kept)
        for list_ in ("added", "freed"):
            content.shown |= {f"{list_}-{id}" for id in mail.context[list_]}
        if mail.context["freed"]:
            content.shown.add("freed")

    def _cancelled(self, content: Content, mail: Mail, _lang: str, kept: Kept) -> None:
        content.shown.add("place" if mail.context["held"] == "confirmed" else "line")
        if kept.programme is None or kept.agendas is None or "sessions" not in mail.context:
            return
        if held := kept.programme.agenda(tuple(mail.context["sessions"])):
            content.shown.add("calendar")
            content.files["cancellation"] = kept.agendas.cancellation(mail.person, held, _course(mail))

    def _agenda_changed(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        """What a release changed for this person, and their calendar as it stands when this leaves."""
        self._own_page(content, mail, lang, kept)
        assert kept.programme is not None
        assert kept.release is not None
        assert kept.agendas is not None
        content.shown |= {f"changed-{session}" for session in mail.context["changed"]}
        if released := mail.context["released"]:
            content.shown.add("released")
        clashes = [kept.programme.among(pair) for pair in mail.context["clashes"]]
        if clashes:
            content.shown.add("clash")
        for letter, (one, other) in zip(CLASHES, clashes, strict=False):
            content.shown.add(f"clash{letter}")
            content.values |= {
                f"when{letter}": kept.starts(max(one, other, key=lambda each: each.frame.slot.starts_at).frame.slot),
                f"one{letter}": kept.titled(one),
                f"other{letter}": kept.titled(other),
            }
        agenda = kept.programme.agenda(tuple(mail.context["sessions"]))
        off = kept.programme.among((*released, *kept.release.calls_off))
        if agenda or off:
            content.files["calendar"] = kept.agendas.calendar(mail.person, agenda, _course(mail), off)

    def _known(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        self._own_page(content, mail, lang, kept)
        content.shown.add(mail.context["state"])

    def _speaker_asked(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        speaking.about_session(content, mail, lang)
        speaking.until(content, mail, lang, kept)
        page = f"{self.base}/{lang}/invitation/{self._token('invitation', mail, kept)}"
        content.values |= {"answer": page, "decline": f"{page}#non"}

    def _speaker_told(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        speaking.about_session(content, mail, lang)
        content.values["answer"] = f"{self.base}/{lang}/invitation/{self._token('invitation', mail, kept)}"
        if mail.template == "programme_changed_speaker":
            speaking.news(content, mail, lang, kept)
        elif mail.template == "edition_changed_speaker":
            speaking.news_of_edition(content, mail, lang)

    def _speaker_left(self, content: Content, mail: Mail, lang: str, _kept: Kept) -> None:
        speaking.about_session(content, mail, lang)
        edition, _, who = mail.about.partition("/")
        content.values["speaker"] = f"{self.base}/console/{edition}/speakers/{who}"

    def _sign_in(self, content: Content, mail: Mail, _lang: str, _kept: Kept) -> None:
        context = mail.context
        until = datetime.fromisoformat(context["until"])
        token = self.links.mint("sign-in", context["nonce"], context["links"], until)
        content.values["enter"] = f"{self.base}/console/enter/{token}"

    # ---- what several say
    def _own_page(self, content: Content, mail: Mail, lang: str, kept: Kept) -> None:
        page = f"{self.base}/{lang}/registration/{self._token('registration', mail, kept)}"
        content.values |= {"registration": page, "cancel": f"{page}/cancel"}

    def _token(self, purpose: str, mail: Mail, kept: Kept) -> str:
        assert kept.frame is not None
        return self.links.mint(purpose, mail.about, mail.context["links"], end_of_links(kept.frame))

    def _sessions(self, content: Content, mail: Mail, kept: Kept) -> None:
        """What is held (the plenaries too), what was asked for and is full, and the calendar of the former."""
        if kept.programme is None or kept.agendas is None:
            return
        agenda = kept.programme.agenda(tuple(mail.context["sessions"]))
        content.shown |= {f"held-{session.frame.id}" for session in agenda}
        if missed := mail.context["without"]:
            content.shown |= {"full", *(f"full-{id}" for id in missed)}
        given_up = kept.programme.among(mail.context.get("freed", ()))
        if agenda or given_up:
            content.files["calendar"] = kept.agendas.calendar(mail.person, agenda, _course(mail), given_up)


def _course(mail: Mail) -> Course:
    return Course(int(mail.context.get("again", 0)), mail.queued_at)


def end_of_links(frame: EditionFrame) -> datetime:
    last = datetime.combine(frame.ends_on + timedelta(days=1), time(), ZoneInfo(frame.tz))
    return last.astimezone(UTC) + AFTERWARDS
