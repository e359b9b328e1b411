"""What pages call things, in the source language."""

from __future__ import annotations

from colloque.contracts.fact import ChangeKind
from colloque.web.i18n import N_
from colloque.web.site import Words
from colloque_registration.domain.consents import Purpose
from colloque_registration.domain.editions import Door
from colloque_registration.domain.needs import Access, Meal
from colloque_registration.domain.states import Category, Channel, State

CATEGORIES: dict[Category, str] = {
    "mediator": N_("Médiatrice ou médiateur numérique"),
    "third_place": N_("Porteuse ou porteur de tiers-lieu"),
    "activist": N_("Militante ou militant associatif"),
    "academic": N_("Universitaire"),
    "young_researcher": N_("Jeune chercheuse ou jeune chercheur"),
    "civil_servant": N_("Agente ou agent public"),
    "elected": N_("Élue ou élu"),
    "business_exec": N_("Cadre d'entreprise"),
    "practitioner_dp": N_("Praticienne ou praticien de la protection des données"),
    "citizen": N_("Citoyenne ou citoyen"),
    "other": N_("Autre"),
}
SHORT_CATEGORIES: dict[Category, str] = {
    "mediator": N_("Médiation"),
    "third_place": N_("Tiers-lieu"),
    "activist": N_("Association"),
    "academic": N_("Université"),
    "young_researcher": N_("Jeune recherche"),
    "civil_servant": N_("Service public"),
    "elected": N_("Mandat électif"),
    "business_exec": N_("Entreprise"),
    "practitioner_dp": N_("Protection des données"),
    "citizen": N_("Citoyenneté"),
    "other": N_("Autre"),
}
"""For tables."""
MEALS: dict[Meal, str] = {
    "standard": N_("Sans préférence"),
    "vegetarian": N_("Végétarien"),
    "vegan": N_("Végétalien"),
    "gluten_free": N_("Sans gluten"),
    "allergen_contact_me": N_("J'ai une allergie : appelez-moi"),
    "none": N_("Je ne déjeune pas sur place"),
}
ACCESS: dict[Access, str] = {
    "step_free": N_("Un accès sans marche"),
    "reserved_seat": N_("Une place réservée"),
    "induction_loop": N_("Une boucle magnétique"),
    "lsf": N_("Une interprétation en langue des signes"),
    "velotypie": N_("Un sous-titrage en direct"),
    "large_print": N_("Des documents en gros caractères"),
    "quiet_room": N_("Un lieu calme"),
    "falc": N_("Des documents faciles à lire"),
    "companion": N_("Une place pour la personne qui m'accompagne"),
}
CONSENTS: dict[Purpose, str] = {
    "newsletter": N_("La lettre"),
    "image": N_("Photos et vidéos"),
    "directory": N_("Liste des participants"),
}
STATES: dict[State, tuple[str, str]] = {
    "pending": (N_("À confirmer"), "warn"),
    "confirmed": (N_("Confirmée"), "ok"),
    "waitlisted": (N_("En attente"), "warn"),
    "offered": (N_("Place proposée"), "warn"),
    "cancelled": (N_("Annulée"), "off"),
    "expired": (N_("Restée sans réponse"), "off"),
    "checked_in": (N_("Venue"), "ok"),
    "no_show": (N_("Pas venue"), "off"),
    "anonymised": (N_("Anonyme"), "off"),
}
"""State → (word, look)."""
DOORS: dict[Door, tuple[str, str]] = {
    "announced": (N_("Annoncée"), "new"),
    "open": (N_("Inscriptions ouvertes"), "ok"),
    "closed": (N_("Inscriptions closes"), "off"),
    "postponed": (N_("Reportée"), "warn"),
    "cancelled": (N_("Annulée"), "off"),
    "over": (N_("Passée"), "off"),
}
KINDS: dict[ChangeKind, str] = {
    "cancelled": N_("annulée"),
    "moved": N_("nouvel horaire"),
    "room": N_("nouvelle salle"),
}
"""What a release did to a session."""
CHANNELS: dict[Channel, str] = {"web": N_("web"), "on_behalf": N_("par une autre personne")}

WORDS: dict[str, Words] = {
    "unknown-edition": Words(
        N_("Cet événement n'est pas ici"), N_("Il n'est pas encore annoncé, ou son adresse est incomplète.")
    ),
    "unknown-registration": Words(
        N_("Ce lien n'ouvre rien"),
        N_("Il est peut-être coupé, ou un lien plus récent l'a remplacé."),
        N_("Ouvrez le dernier courriel que vous avez reçu de nous, ou recopiez l'adresse en entier."),
    ),
    "not-yet-open": Words(N_("Les inscriptions ne sont pas encore ouvertes")),
    "registration-is-closed": Words(
        N_("Les inscriptions sont closes"),
        N_("Nous ne prenons plus de demande ni de changement de sessions."),
        N_("Vous pouvez encore annuler votre inscription, ou nous appeler."),
    ),
    "edition-is-postponed": Words(N_("L'événement est reporté"), N_("Les nouvelles dates ne sont pas encore connues.")),
    "edition-is-cancelled": Words(N_("L'événement est annulé"), N_("Il n'y a plus rien à confirmer ni à changer.")),
    "edition-is-over": Words(N_("L'événement a eu lieu"), N_("Il n'y a plus rien à confirmer ni à changer.")),
    "session-not-bookable": Words(
        N_("Cette session ne se réserve pas"),
        beside=N_("Une des sessions choisies ne se réserve pas, ou plus. Choisissez-en une autre."),
    ),
    "sessions-overlap": Words(
        N_("Deux des sessions choisies ont lieu en même temps"),
        beside=N_("Deux des sessions choisies ont lieu en même temps. Gardez-en une."),
    ),
    "too-many-from-one-mailbox": Words(
        N_("Beaucoup d'inscriptions passent par cette adresse"),
        N_("Nous les espaçons, pour ne pas remplir une boîte à courriels."),
        N_("Attendez une heure, ou appelez-nous."),
        beside=N_("Beaucoup d'inscriptions viennent de passer par cette adresse. Attendez une heure, ou appelez-nous."),
    ),
    "already-decided": Words(
        N_("Cette inscription n'attend plus de réponse"),
        N_("Elle a été annulée, ou n'a pas été confirmée à temps."),
        N_("Vous pouvez vous inscrire à nouveau."),
    ),
    "nothing-to-change": Words(
        N_("Cette inscription ne peut plus être changée"),
        N_("Elle a été annulée, ou n'a pas été confirmée à temps."),
        N_("Vous pouvez vous inscrire à nouveau."),
    ),
    "offer-is-over": Words(
        N_("Cette place n'est plus proposée"),
        N_("Le délai de réponse est passé, ou vous avez quitté la liste. La place est allée à la personne suivante."),
        N_("Vous pouvez vous inscrire à nouveau."),
    ),
    "not-in-line": Words(
        N_("Cette personne n'est plus sur la liste d'attente"),
        N_("Elle a une place, une place lui est proposée, ou elle a quitté la liste."),
        N_("Revenez à la liste pour voir où elle en est."),
    ),
    "nothing-is-offered": Words(
        N_("Plus aucune place ne se propose"),
        N_("L'événement a commencé, ou il est annulé ou reporté."),
    ),
    "link-used": Words(
        N_("Ce lien a déjà servi, ou il est trop vieux"),
        N_("Un lien de connexion marche une fois, pendant 15 minutes."),
        N_("Demandez-en un nouveau."),
    ),
    "unknown-organiser": Words(N_("Cette personne n'organise rien ici")),
    "known-contact": Words(N_("Cette adresse est celle d'une autre personne")),
}
