"""What pages call things, in the source language. What has no word here is shown by its name in the code."""

from __future__ import annotations

from colloque.web.i18n import N_

ROOMS = {
    "registration": N_("Inscriptions"),
    "scheduling": N_("Programme"),
    "notifications": N_("Courriels"),
    "traces": N_("Traces"),
}

BEGINNINGS = {
    "SubmitRegistration": N_("Formulaire envoyé"),
    "ConfirmRegistration": N_("Lien confirmé"),
    "ChangeSessions": N_("Sessions changées"),
    "ChangeNeeds": N_("Besoins changés"),
    "ChangeConsent": N_("Accord changé"),
    "CancelRegistration": N_("Inscription annulée par la personne"),
    "ExpireRegistration": N_("Délai de confirmation passé"),
    "DescribePerson": N_("Personne décrite par l'API"),
    "GrantRole": N_("Droit donné"),
    "RevokeRole": N_("Droit retiré"),
    "IssueToken": N_("Jeton demandé"),
    "RevokeToken": N_("Jeton à retirer"),
    "RequestSignIn": N_("Lien de connexion demandé"),
    "EnterConsole": N_("Entrée dans la console"),
    "NoteExport": N_("Fichier exporté"),
    "PutSeries": N_("Série enregistrée"),
    "PlanEdition": N_("Édition préparée"),
    "AmendEdition": N_("Édition changée"),
    "AnnounceEdition": N_("Édition à annoncer"),
    "OpenRegistration": N_("Inscriptions à ouvrir"),
    "CloseRegistration": N_("Inscriptions à fermer"),
    "PostponeEdition": N_("Édition à reporter"),
    "CancelEdition": N_("Édition à annuler"),
    "BeginEdition": N_("Début de l'édition"),
    "CloseEdition": N_("Édition à clore"),
    "PutTrack": N_("Axe enregistré"),
    "DropTrack": N_("Axe enlevé"),
    "PutRoom": N_("Salle enregistrée"),
    "DropRoom": N_("Salle enlevée"),
    "PutSession": N_("Session enregistrée"),
    "AmendSession": N_("Session changée"),
    "CancelSession": N_("Session annulée"),
    "DropSession": N_("Session enlevée"),
    "Assign": N_("Personne affectée à une session"),
    "Unassign": N_("Personne retirée d'une session"),
    "ReleaseProgramme": N_("Programme à publier"),
    "NoteOutcome": N_("Sort d'un courriel"),
    "OpenRoom": N_("Service en route"),
    "DropParked": N_("Fait abandonné"),
}
"""What begins something."""

FACTS = {
    "registration.submitted.v1": N_("Demande reçue"),
    "registration.repeated.v1": N_("Demande répétée"),
    "registration.confirmed.v1": N_("Inscription confirmée"),
    "registration.waitlisted.v1": N_("Mise en liste d'attente"),
    "registration.amended.v1": N_("Inscription changée"),
    "registration.cancelled.v1": N_("Inscription annulée"),
    "registration.expired.v1": N_("Inscription jamais confirmée"),
    "agenda.changed.v1": N_("Agenda changé par une version du programme"),
    "places.changed.v1": N_("Places restantes annoncées"),
    "seats.changed.v1": N_("Places d'une session annoncées"),
    "organiser.granted.v1": N_("Droit accordé"),
    "organiser.revoked.v1": N_("Droit repris"),
    "sign_in.requested.v1": N_("Connexion demandée"),
    "token.issued.v1": N_("Jeton émis"),
    "token.revoked.v1": N_("Jeton retiré"),
    "contact.changed.v1": N_("Coordonnées transmises"),
    "edition.announced.v1": N_("Édition annoncée"),
    "edition.opened.v1": N_("Inscriptions ouvertes"),
    "edition.amended.v1": N_("Cadre de l'édition changé"),
    "edition.registration_closed.v1": N_("Inscriptions fermées"),
    "edition.postponed.v1": N_("Édition reportée"),
    "edition.cancelled.v1": N_("Édition annulée"),
    "edition.closed.v1": N_("Édition close"),
    "programme.released.v1": N_("Programme publié"),
    "message.sent.v1": N_("Courriel envoyé"),
    "message.failed.v1": N_("Courriel refusé"),
    "message.suppressed.v1": N_("Courriel retenu"),
    "room.opened.v1": N_("Service ouvert"),
}

STEPS = {
    "ask_to_confirm": N_("« Confirmez votre adresse »"),
    "tell_known": N_("Réponse à une demande répétée"),
    "tell_confirmed": N_("« Inscription confirmée »"),
    "tell_waitlisted": N_("« Vous êtes en liste d'attente »"),
    "tell_amended": N_("« Inscription changée »"),
    "tell_cancelled": N_("« Inscription annulée »"),
    "send_sign_in_link": N_("« Votre lien de connexion »"),
    "note_outcome": N_("Sort du courriel noté"),
    "follow_edition": N_("Cadre de l'édition tenu à jour"),
    "follow_release": N_("Programme tenu à jour"),
    "follow_places": N_("Places tenues à jour"),
    "follow_seats": N_("Places tenues à jour"),
    "keep_edition": N_("Cadre de l'édition tenu à jour"),
    "keep_grant": N_("Droit noté"),
    "drop_grant": N_("Droit effacé"),
    "keep_token": N_("Jeton noté"),
    "drop_token": N_("Jeton effacé"),
    "keep_steps": N_("Étapes du service notées"),
}
"""What a room does about a fact."""

DOCUMENTS = {
    "Registration": N_("Inscription"),
    "EditionDesk": N_("Places de l'édition"),
    "SessionSeats": N_("Places d'une session"),
    "Waitlist": N_("Liste d'attente"),
    "Person": N_("Personne"),
    "ProxyMailbox": N_("Boîte d'une personne aidante"),
    "SignIn": N_("Lien de connexion"),
    "Organiser": N_("Droits d'une personne"),
    "ApiToken": N_("Jeton"),
    "Edition": N_("Édition"),
    "KnownEdition": N_("Cadre de l'édition"),
    "KnownProgramme": N_("Programme connu"),
    "Series": N_("Série"),
    "Front": N_("Liste des éditions"),
    "Draft": N_("Brouillon du programme"),
    "Session": N_("Session"),
    "Programme": N_("Programme"),
    "Release": N_("Version du programme"),
    "Availability": N_("Places montrées au public"),
    "MailBook": N_("Compte des courriels"),
    "Timer": N_("Échéance"),
    "Life": N_("Étapes d'un service"),
    "Opened": N_("Étapes du service"),
}

MAILS = {
    "waiting": N_("En attente"),
    "sent": N_("Envoyé"),
    "failed": N_("Refusé par le serveur"),
    "suppressed": N_("Retenu"),
}
MAIL_LOOKS = {"waiting": "warn", "sent": "ok", "failed": "bad", "suppressed": "off"}

FILES = {
    "text/calendar": N_("agenda (ICS)"),
    "image/png": N_("billet (PNG)"),
    "image/svg+xml": N_("billet (SVG)"),
    "application/pdf": N_("PDF"),
    "text/csv": N_("tableau (CSV)"),
}

GONE = N_("suppression")
UNKNOWN_BEGINNING = N_("Début pas encore reçu")
