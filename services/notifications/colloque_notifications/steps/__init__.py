"""The room on one screen: what it does about what it hears."""

from colloque.contracts.registration import (
    AgendaChanged,
    Contact,
    OfferExpired,
    OfferShortened,
    PlaceOffered,
    RegistrationAmended,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRepeated,
    RegistrationSubmitted,
    RegistrationWaitlisted,
    SignInRequested,
)
from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionClosed,
    EditionOpened,
    EditionPostponed,
    ProgrammeReleased,
    RegistrationClosed,
    SpeakerConfirmed,
    SpeakerInvited,
    SpeakerReminded,
    SpeakerWithdrawn,
)
from colloque.runtime.work import Steps
from colloque.web.rights import RIGHTS_STEPS
from colloque_notifications.commands import NoteOutcome, SendAgain, TellSpeakers, TellSpeakersOfEdition
from colloque_notifications.steps.again import send_again
from colloque_notifications.steps.follow import follow_contact, follow_edition, follow_release
from colloque_notifications.steps.outcome import note_outcome
from colloque_notifications.steps.putting_off import tell_more_speakers_of_edition, tell_speakers_of_edition
from colloque_notifications.steps.speakers import (
    ask_again,
    ask_speaker,
    put_into_calendar,
    take_out_of_calendar,
    tell_more_speakers,
    tell_speakers_of_release,
)
from colloque_notifications.steps.team import tell_team
from colloque_notifications.steps.tell import (
    ask_to_confirm,
    send_sign_in_link,
    tell_agenda_changed,
    tell_amended,
    tell_cancelled,
    tell_confirmed,
    tell_known,
    tell_offer_expired,
    tell_offer_shortened,
    tell_offered,
    tell_waitlisted,
)

STEPS = (
    Steps()
    .on(EditionAnnounced, follow_edition, tell_speakers_of_edition)
    .on(EditionOpened, follow_edition)
    .on(EditionAmended, follow_edition)
    .on(RegistrationClosed, follow_edition)
    .on(EditionPostponed, follow_edition, tell_speakers_of_edition)
    .on(EditionCancelled, follow_edition, tell_speakers_of_edition)
    .on(EditionClosed, follow_edition)
    .on(ProgrammeReleased, follow_release, tell_speakers_of_release)
    .on(SpeakerInvited, ask_speaker)
    .on(SpeakerReminded, ask_again)
    .on(SpeakerConfirmed, put_into_calendar)
    .on(SpeakerWithdrawn, take_out_of_calendar, tell_team)
    .on(TellSpeakers, tell_more_speakers)
    .on(TellSpeakersOfEdition, tell_more_speakers_of_edition)
    .on(Contact, follow_contact)
    .on(RegistrationSubmitted, ask_to_confirm)
    .on(RegistrationRepeated, tell_known)
    .on(RegistrationConfirmed, tell_confirmed)
    .on(RegistrationWaitlisted, tell_waitlisted)
    .on(PlaceOffered, tell_offered)
    .on(OfferShortened, tell_offer_shortened)
    .on(OfferExpired, tell_offer_expired)
    .on(RegistrationAmended, tell_amended)
    .on(RegistrationCancelled, tell_cancelled)
    .on(AgendaChanged, tell_agenda_changed)
    .on(SignInRequested, send_sign_in_link)
    .on(NoteOutcome, note_outcome)
    .on(SendAgain, send_again)
    .joined(RIGHTS_STEPS)
)
