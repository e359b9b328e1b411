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
ANSWERS = {
    "to_invite": (N_("À inviter"), "new"),
    "invited": (N_("Sans réponse"), "warn"),
    "confirmed": (N_("Oui"), "ok"),
    "declined": (N_("Non"), "off"),
    "expired": (N_("Délai dépassé"), "off"),
    "withdrawn": (N_("Ne vient plus"), "off"),
}
"""(word, look)."""
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
DIFFERENCES = {
    "new": N_("nouvelle session"),
    "gone": N_("retirée"),
    "state": N_("état"),
    "time": N_("horaire"),
    "room": N_("salle"),
    "room_frame": N_("description de la salle"),
    "title": N_("titre"),
    "abstract": N_("présentation"),
    "format": N_("format"),
    "tracks": N_("axe"),
    "seats": N_("places"),
    "booking": N_("réservation"),
    "level": N_("public visé"),
    "languages": N_("langue"),
    "notes_url": N_("notes partagées"),
    "reason": N_("raison"),
}
"""What a release changes of a session, as a word in a row."""
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
    "room-double-booked": Words(
        N_("La salle est prise"),
        beside=N_("À cette heure, cette salle accueille déjà « %(other)s »."),
    ),
    "speaker-double-booked": Words(
        N_("Quelqu'un est déjà pris"),
        beside=N_("À cette heure, quelqu'un de cette session est déjà dans « %(other)s »."),
    ),
    "over-capacity": Words(
        N_("La salle est trop petite"), beside=N_("La salle a moins de places que la session n'en offre.")
    ),
    "session-outside-edition": Words(N_("Hors des dates"), beside=N_("Une session tient dans les jours de l'édition.")),
    "time-in-gap": Words(
        N_("Cette heure n'existe pas"),
        beside=N_("Cette nuit-là, les horloges avancent : cette heure n'existe pas. Choisissez-en une autre."),
    ),
    "time-twice": Words(
        N_("Cette heure passe deux fois"),
        beside=N_("Cette nuit-là, les horloges reculent : cette heure passe deux fois. Choisissez-en une autre."),
    ),
    "ends-before-start": Words(N_("La fin vient après le début"), beside=N_("La fin vient après le début.")),
    "session-too-long": Words(N_("C'est trop long"), beside=N_("Une session dure un jour au plus.")),
    "unknown-room": Words(N_("Cette salle n'existe pas"), beside=N_("Choisissez une des salles de l'édition.")),
    "changed-meanwhile": Words(
        N_("Quelqu'un a enregistré cette session pendant que vous l'aviez sous les yeux"),
        N_("Rien de ce que vous avez écrit n'est perdu."),
        beside=N_(
            "Quelqu'un a enregistré cette session entre-temps. Ce qui est en place est écrit sous chaque réponse ; "
            "les vôtres sont encore là. Enregistrez de nouveau si vous les voulez toujours."
        ),
    ),
    "swap-with-itself": Words(N_("Deux sessions"), beside=N_("Choisissez une autre session que celle-ci.")),
    "nothing-to-swap": Words(N_("Sans horaire"), beside=N_("Les deux sessions doivent avoir un horaire.")),
    "no-such-session": Words(N_("Cette session n'existe pas"), beside=N_("Cette session n'existe plus.")),
    "illegal-transition": Words(
        N_("Ce n'est plus possible"), beside=N_("Cette session est annulée ou sans horaire : elle ne bouge plus ainsi.")
    ),
    "edition-is-over": Words(
        N_("L'édition est terminée"), beside=N_("L'édition est terminée : son programme ne bouge plus.")
    ),
    "edition-not-announced": Words(
        N_("L'édition n'est pas annoncée"), beside=N_("Annoncez l'édition avant de publier son programme.")
    ),
    "nothing-to-release": Words(
        N_("Rien à publier"), beside=N_("Le brouillon dit déjà tout ce que dit la version en ligne.")
    ),
    "other-release": Words(
        N_("Quelqu'un a publié entre-temps"),
        beside=N_("Quelqu'un a publié une version entre-temps. Relisez ce qui reste à publier, ci-dessous."),
    ),
    "reminded-lately": Words(
        N_("C'est un peu tôt"), beside=N_("Nous lui avons écrit il y a moins d'un jour. Attendez demain.")
    ),
    "answered-already": Words(N_("La réponse est là"), beside=N_("Cette personne a répondu entre-temps.")),
    "already-invited": Words(N_("C'est déjà fait"), beside=N_("Cette personne a été invitée entre-temps.")),
    "not-yet-invited": Words(N_("Pas encore d'invitation"), beside=N_("Invitez d'abord cette personne.")),
    "too-late-to-answer": Words(N_("Ce jour est passé"), beside=N_("Choisissez un jour à venir.")),
    "no-such-edition": Words(N_("Cette édition n'existe pas"), N_("Son nom est peut-être mal écrit dans l'adresse.")),
}


def when_parts(first: date, last: date, lang: str) -> tuple[str, str]:
    """The dates in two pieces for the head of the page: what is read from afar, and the rest."""
    if (first.year, first.month) != (last.year, last.month):
        return french.day_month(first, lang), ("au " if lang == "fr" else "to ") + french.plain_date(last, lang)
    text = french.date_range(first, last, lang).replace(" and ", "–")
    parts = re.fullmatch(r"(.*?(?:\d|er))[\s\u00a0](\D+\d{4})", text)
    return (parts[1], parts[2]) if parts else (text, "")


IN_TEMPLATES: dict[str, Any] = {
    "formats": FORMATS,
    "levels": LEVELS,
    "roles": ROLES,
    "states": STATES,
    "standings": STANDINGS,
    "caution_words": CAUTIONS,
    "changes": CHANGES,
    "differences": DIFFERENCES,
    "languages": LANGUAGES,
    "city_of": french.city_of,
    "typeset": french.typeset,
}
"""What every page of this room may need."""
