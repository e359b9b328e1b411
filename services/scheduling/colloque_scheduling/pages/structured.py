"""The same for search engines and other programs: schema.org events.

It stands in the page as a data block, which no browser runs: the policy against scripts has nothing to say of it."""

from __future__ import annotations

from typing import Any

from colloque.web.i18n import text
from colloque_scheduling.domain.programme.availability import Availability
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.published import Published
from colloque_scheduling.domain.programme.states import State

ATTENDANCE = {
    "onsite": "OfflineEventAttendanceMode",
    "hybrid": "MixedEventAttendanceMode",
    "online": "OnlineEventAttendanceMode",
}


def event(edition: Edition, free: Availability, lang: str, base_url: str) -> dict[str, Any]:
    url = f"{base_url.rstrip('/')}/{lang}/{edition.id}"
    told = {
        **_head(edition),
        "@context": "https://schema.org",
        "@id": url,
        "url": url,
        "name": text(edition.title, lang),
        "description": text(edition.tagline, lang),
        "startDate": edition.starts_on.isoformat(),
        "endDate": edition.ends_on.isoformat(),
        "inLanguage": "fr",
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": edition.capacity,
        "offers": _offer(free, url) if edition.state is State.OPEN else None,
    }
    return {name: value for name, value in told.items() if value}


def session_event(edition: Edition, session: Published, lang: str, base_url: str) -> dict[str, Any]:
    frame = session.frame
    parent = f"{base_url.rstrip('/')}/{lang}/{edition.id}"
    url = f"{parent}/sessions/{frame.id}"
    told = {
        **_head(edition),
        "@context": "https://schema.org",
        "@id": url,
        "url": url,
        "name": text(frame.title, lang),
        "description": text(frame.abstract, lang) if frame.abstract else "",
        "startDate": frame.slot.starts_at.isoformat(),
        "endDate": frame.slot.ends_at.isoformat(),
        "inLanguage": list(session.languages),
        "maximumAttendeeCapacity": frame.seats,
        "superEvent": {"@type": "Event", "@id": parent, "name": text(edition.title, lang)},
    }
    if frame.off:
        told["eventStatus"] = "https://schema.org/EventCancelled"
    return {name: value for name, value in told.items() if value}


def _offer(free: Availability, url: str) -> dict[str, Any]:
    stock = "SoldOut" if free.full else "LimitedAvailability" if free.last else "InStock"
    told = {"@type": "Offer", "price": 0, "priceCurrency": "EUR", "url": f"{url}/register"}
    return {**told, "availability": f"https://schema.org/{stock}"}


def _head(edition: Edition) -> dict[str, Any]:
    status = {State.CANCELLED: "EventCancelled", State.POSTPONED: "EventPostponed"}.get(edition.state, "EventScheduled")
    address = {
        "@type": "PostalAddress",
        "streetAddress": edition.venue.address,
        "addressLocality": edition.venue.municipality,
    }
    return {
        "@type": "Event",
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": f"https://schema.org/{ATTENDANCE[edition.mode]}",
        "location": {
            "@type": "Place",
            "name": edition.venue.name,
            "address": {name: value for name, value in address.items() if value},
        },
    }
