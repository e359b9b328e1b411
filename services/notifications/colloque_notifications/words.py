"""States and reasons in words, as the console says them."""

from __future__ import annotations

from typing import NamedTuple

from colloque.web.i18n import N_
from colloque.web.site import Words


class Said(NamedTuple):
    """`look`: the class of its tag; the word says it all the same."""

    word: str
    look: str


STATES = {
    "queued": Said(N_("En file"), "warn"),
    "deferred": Said(N_("Nouvel essai prévu"), "warn"),
    "sent": Said(N_("Remis"), "ok"),
    "failed": Said(N_("Rejeté"), "bad"),
    "suppressed": Said(N_("Non envoyé"), ""),
}
TEMPLATES = {
    "confirm_address": N_("Confirmez votre adresse"),
    "registration_confirmed": N_("Courriel de confirmation"),
    "registration_waitlisted": N_("Liste d'attente"),
    "place_offered": N_("Place proposée"),
    "offer_shortened": N_("Réponse attendue plus tôt"),
    "offer_expired": N_("Proposition restée sans réponse"),
    "registration_amended": N_("Sessions changées"),
    "registration_cancelled": N_("Inscription annulée"),
    "programme_changed_digest": N_("Programme changé"),
    "registration_known": N_("Inscription déjà connue"),
    "speaker_invited": N_("Invitation à intervenir"),
    "speaker_reminded": N_("Rappel d'invitation"),
    "speaker_calendar": N_("Agenda d'intervenant"),
    "speaker_withdrawn": N_("Intervention retirée"),
    "programme_changed_speaker": N_("Changement pour un intervenant"),
    "edition_changed_speaker": N_("Événement reporté, annulé ou maintenu"),
    "team_speaker_left": N_("Un intervenant ne vient plus"),
    "sign_in": N_("Lien pour la console"),
}
OF_SPEAKERS = {name for name in TEMPLATES if "speaker" in name}
"""What these tell of is no registration."""
REASONS = {
    "erased": N_("la personne a été effacée"),
    "superseded": N_("un courriel plus récent dit tout"),
    "too_late": N_("son lien avait expiré avant l'envoi"),
    "no_mailbox": N_("pas d'adresse utilisable"),
}
WORDS = {
    "unknown-mail": Words(
        N_("Ce courriel n'est pas ici"), N_("Son adresse est incomplète, ou il est d'un autre événement.")
    ),
    "still-to-go": Words(
        N_("Ce courriel n'est pas encore parti"),
        N_("Il part de lui-même, ou sera essayé de nouveau : le renvoyer en ferait deux."),
    ),
    "said-since": Words(
        N_("Un courriel plus récent dit ce qui est vrai maintenant"),
        N_("Celui-ci dirait ce qui ne l'est plus."),
        N_("Renvoyez le plus récent."),
    ),
    "no-longer-of-use": Words(N_("Ce courriel ne sert plus"), N_("Son lien, ou ce qu'il demandait, a pris fin.")),
    "sent-often-enough": Words(
        N_("Ce courriel a déjà été renvoyé trois fois"),
        N_("Une boîte qui ne l'a pas reçu ne le recevra pas la fois suivante."),
        N_("Vérifiez l'adresse avec la personne, ou appelez-la."),
    ),
}
GROUPS = {
    "failed": (N_("Rejetés"), ("failed",)),
    "waiting": (N_("En file"), ("queued", "deferred")),
    "suppressed": (N_("Non envoyés"), ("suppressed",)),
    "sent": (N_("Remis"), ("sent",)),
}


def trouble(status: int) -> str:
    """What the mail server meant, in a few words; its own are on the mail's page."""
    if status in (550, 551, 553):
        return N_("adresse refusée")
    if status in (452, 552):
        return N_("boîte pleine")
    if status in (421, 450, 451):
        return N_("serveur occupé")
    if status == 0:
        return N_("connexion interrompue")
    return N_("refusé par le serveur")


def masked(address: str) -> str:
    """« n…i@example.org »: enough to recognise, too little to write to."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "…"
    return f"{local[0]}…{local[-1] if len(local) > 3 else ''}@{domain}" if local else f"…@{domain}"
