"""The house's own words for what is refused, in the source language."""

from __future__ import annotations

from colloque.web.i18n import N_
from colloque.web.site import Words

ALWAYS: dict[str, Words] = {
    "not-found": Words(
        N_("Cette page n'est pas ici"), N_("L'adresse est peut-être incomplète, ou la page a été déplacée.")
    ),
    "link-broken": Words(
        N_("Ce lien n'ouvre rien"),
        N_("Il est peut-être coupé, ou un lien plus récent l'a remplacé."),
        N_("Ouvrez le dernier courriel que vous avez reçu de nous, ou recopiez l'adresse en entier."),
    ),
    "link-expired": Words(
        N_("Ce lien n'est plus valable"),
        N_("Pour votre sécurité, nos liens ne durent qu'un temps."),
        N_("Demandez-en un nouveau par la page d'où il venait, ou écrivez-nous."),
    ),
    "not-allowed": Words(
        N_("Cette page demande un autre rôle"),
        N_("Votre compte ne permet pas de la voir, ou seulement pour une autre édition."),
        N_("La personne qui administre l'édition peut vous donner ce rôle."),
    ),
    "too-many": Words(
        N_("Beaucoup d'envois viennent de la même adresse"),
        N_("Nous les espaçons pour que le site réponde à tout le monde."),
        N_("Attendez %(seconds)s secondes, puis renvoyez."),
    ),
    "too-large": Words(
        N_("C'est trop long"),
        N_("Un formulaire tient en 64 000 signes en tout."),
        N_("Revenez à la page précédente : vos réponses y sont encore. Raccourcissez la plus longue."),
    ),
    "unreadable": Words(
        N_("Cet envoi ne peut pas être lu"),
        N_("Il contient des signes qu'aucun clavier n'écrit, ou n'a pas la forme d'un formulaire."),
        N_("Revenez à la page précédente et renvoyez vos réponses."),
    ),
    "try-again": Words(
        N_("Un instant"),
        N_("Le site reçoit beaucoup de visites."),
        N_("Ce que vous avez déjà confirmé reste acquis."),
    ),
    "other-payload": Words(
        N_("Ces réponses ont déjà été envoyées, mais autrement"),
        N_("Un premier envoi de cette page est arrivé, avec d'autres réponses. Il a été pris en compte."),
        N_("Ouvrez à nouveau le formulaire si vous voulez le changer."),
    ),
    "method-not-allowed": Words(N_("Cette page ne s'ouvre pas ainsi"), N_("Elle attend l'envoi d'un formulaire.")),
    "broken": Words(
        N_("Quelque chose s'est cassé chez nous"),
        N_("C'est noté, avec la référence %(story)s. Vous n'y êtes pour rien."),
        N_("Réessayez dans quelques minutes. Si cela dure, écrivez-nous en donnant la référence."),
    ),
}

BY_STATUS: dict[int, Words] = {
    404: ALWAYS["not-found"],
    403: ALWAYS["not-allowed"],
    409: Words(
        N_("Ce n'est pas possible pour l'instant"),
        N_("Une règle de l'édition s'y oppose, ou la situation a changé entre-temps."),
        N_("Revenez à la page précédente : elle montre où en sont les choses maintenant."),
    ),
    400: ALWAYS["unreadable"],
    500: ALWAYS["broken"],
}
"""By exact status, else by its hundred."""
