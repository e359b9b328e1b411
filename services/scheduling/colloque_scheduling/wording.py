"""What the house's identifiers are called on a page: msgids, said in the page's language where they are shown."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from colloque.web import french
from colloque.web.i18n import N_
from colloque.web.site import Words

FORMATS = {
    "plenary": N_("Plénière"),
    "workshop": N_("Atelier"),
    "masterclass": N_("Master class"),
    "conference": N_("Conférence"),
    "round_table": N_("Table ronde"),
    "crossed_views": N_("Regards croisés"),
    "prototype": N_("Prototype"),
    "pitch": N_("Présentation éclair"),
    "visit": N_("Visite"),
    "debate": N_("Débat"),
    "ceremony": N_("Cérémonie"),
    "training_module": N_("Formation"),
}
LEVELS = {
    "all": N_("Pour tout public"),
    "beginner": N_("Pour commencer"),
    "expert": N_("Pour approfondir"),
}
ROLES = {
    "speaker": N_("intervention"),
    "moderator": N_("animation"),
    "rapporteur": N_("restitution"),
    "host": N_("accueil"),
    "facilitator": N_("animation d'atelier"),
}
STATES = {
    "draft": N_("en préparation"),
    "announced": N_("annoncée"),
    "open": N_("inscriptions ouvertes"),
    "closed_registration": N_("inscriptions closes"),
    "running": N_("en cours"),
    "closed": N_("passée"),
    "archived": N_("archivée"),
    "postponed": N_("reportée"),
    "cancelled": N_("annulée"),
}
STANDINGS = {
    "draft": N_("sans horaire"),
    "scheduled": N_("programmée"),
    "cancelled": N_("annulée"),
}
CAUTIONS = {
    "room-not-step-free": N_("Salle avec des marches : il faut un accès de plain-pied"),
    "room-without-induction-loop": N_("Salle sans boucle magnétique : il en faut une"),
}
CHANGES = {
    "time": N_("Nouvel horaire"),
    "room": N_("Nouvelle salle"),
    "new": N_("Nouvelle session"),
}
LANGUAGES = {
    "fr": N_("français"),
    "en": N_("anglais"),
}

REFUSALS = {
    "not-found": Words(
        N_("Cette page n'est pas ici"),
        N_("L'adresse est peut-être incomplète, ou cette édition n'est pas encore annoncée."),
        N_("Toutes les éditions annoncées sont dans la liste."),
    ),
    "no-such-edition": Words(N_("Cette édition n'existe pas"), N_("Son nom est peut-être mal écrit dans l'adresse.")),
}


def when_parts(first: date, last: date, lang: str) -> tuple[str, str]:
    """The dates in two pieces for the head of the page: what is read from afar, and the rest."""
    if (first.year, first.month) != (last.year, last.month):
        return french.day_month(first, lang), ("au " if lang == "fr" else "to ") + french.plain_date(last, lang)
    text = french.date_range(first, last, lang).replace(" and ", "–")
    parts = re.fullmatch(r"(.*?(?:\d|er))[\s\u00a0](\D+\d{4})", text)
    return (parts[1], parts[2]) if parts else (text, "")


def city_of(tz: str) -> str:
    """« Europe/Paris » → « Paris »"""
    return tz.rpartition("/")[2].replace("_", " ")


IN_TEMPLATES: dict[str, Any] = {
    "formats": FORMATS,
    "levels": LEVELS,
    "roles": ROLES,
    "states": STATES,
    "standings": STANDINGS,
    "caution_words": CAUTIONS,
    "changes": CHANGES,
    "languages": LANGUAGES,
    "city_of": city_of,
    "typeset": french.typeset,
}
"""What every page of this room may need."""
