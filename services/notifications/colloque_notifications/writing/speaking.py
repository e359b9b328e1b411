"""What a speaker's mail says: of which session, in which role, what has changed; and the calendar entry in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colloque.contracts.fact import SessionFrame
from colloque.web import french
from colloque.web.i18n import written
from colloque_notifications.domain.mail import Mail
from colloque_notifications.writing.address import Mailbox
from colloque_notifications.writing.agenda import uid_of
from colloque_notifications.writing.itip import Entry, invitation
from colloque_notifications.writing.marks import clean
from colloque_notifications.writing.press import Kept

if TYPE_CHECKING:
    from colloque_notifications.writing.contents import Content

NEWS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "time": "nouvel horaire",
        "room": "nouvelle salle",
        "both": "nouvel horaire, nouvelle salle",
        "again": "votre session a lieu",
        "cancelled": "votre session est annulée",
        "put_off": "l’événement est reporté",
        "called_off": "l’événement est annulé",
        "resumed": "l’événement a lieu",
    },
    "en": {
        "time": "new time",
        "room": "new room",
        "both": "new time, new room",
        "again": "your session takes place",
        "cancelled": "your session is cancelled",
        "put_off": "the event is put off",
        "called_off": "the event is cancelled",
        "resumed": "the event takes place",
    },
}


def about_session(content: Content, mail: Mail, lang: str) -> None:
    """The session, when and where it is, and what they do in it."""
    said, frame = mail.context, _frame(mail.context["frame"])
    content.values |= {"title": clean(written(said["title"], lang)), "thatday": "", "abstract": ""}
    content.shown |= {f"role-{role}" for role in said["roles"]}
    if frame is None:
        content.shown.add("sometime")
        return
    _when(content, frame, lang)
    content.shown.add("hours")
    if not frame.room.step_free:
        content.shown.add("steps")
    if frame.seats:
        content.shown.add("seats")
        content.values["seats"] = french.number(frame.seats, lang)
    if frame.abstract and (first := written(frame.abstract, lang).strip().split("\n")[0]):
        content.shown.add("abstract")
        content.values["abstract"] = clean(first)
    if frame.reason:
        _because(content, frame.reason, lang)


def _because(content: Content, reason: dict[str, str], lang: str) -> None:
    content.shown.add("reason")
    content.values["reason"] = clean(written(reason, lang))


def _when(content: Content, frame: SessionFrame, lang: str) -> None:
    day = french.local_day(frame.slot.starts_at, frame.slot.tz)
    said = french.day_month(day, lang)
    content.values |= {
        "thatday": f", le {said}" if lang == "fr" else f" on {said}",
        "day": french.day(day, lang),
        "hours": french.hours(frame.slot, lang),
        "city": french.city_of(frame.slot.tz),
        "room": clean(frame.room.name),
    }


def until(content: Content, mail: Mail, lang: str, kept: Kept) -> None:
    if mail.context["until"] and kept.frame:
        content.shown.add("until")
        content.values["until"] = french.moment(datetime.fromisoformat(mail.context["until"]), kept.frame.tz, lang)


def news(content: Content, mail: Mail, lang: str, kept: Kept) -> None:
    """What a release changed, beside what was."""
    what, before = mail.context["news"], _frame(mail.context["before"])
    content.shown.add(what)
    content.values["news"] = NEWS[lang][what]
    content.values["release"] = french.number(kept.programme.n, lang) if kept.programme else ""
    if before is not None:
        day = french.local_day(before.slot.starts_at, before.slot.tz)
        content.values |= {
            "before": f"{french.weekday(day, lang)}, {french.hours(before.slot, lang)}",
            "roombefore": clean(before.room.name),
        }
        content.shown |= {"both": {"time", "room"}}.get(what, set())


def news_of_edition(content: Content, mail: Mail, lang: str) -> None:
    """It is off, or on again; the hours stand beside it only in the latter case."""
    said = mail.context
    content.shown.discard("reason")
    content.shown.add(said["news"])
    if said["news"] != "resumed" and said["title"]:
        content.shown.add("missed")
    content.values["news"] = NEWS[lang][said["news"]]
    if reason := said.get("reason"):
        _because(content, reason, lang)


def entry(content: Content, mail: Mail, to: Mailbox, kept: Kept) -> None:
    """The calendar entry: sent inside the mail, and once more as a file for those who open files."""
    said, frame = mail.context, _frame(mail.context["frame"])
    if said["method"] is None or frame is None or kept.frame is None or kept.agendas is None:
        return
    edition, place = kept.frame.edition, kept.agendas.place
    public = kept.programme is not None and frame.id in kept.programme.sessions
    message = Entry(
        uid=uid_of(frame.id, edition, mail.person, place.uid_host),
        method=said["method"],
        sequence=said["sequence"],
        stamp=datetime.fromisoformat(said["stamp"]) if "stamp" in said else mail.queued_at,
        organiser=place.organiser,
        attendee=to,
        page=f"{place.base_url}/{kept.lang}/{edition}/sessions/{frame.id}" if public else "",
    )
    content.files[str(said["method"]).lower()] = invitation(message, frame, kept.frame, kept.lang)
    content.shown.add("calendar")
    if said["method"] == "CANCEL":
        content.shown.add("taken_out")


def _frame(plain: Mapping[str, Any] | None) -> SessionFrame | None:
    return SessionFrame.model_validate(plain) if plain else None
