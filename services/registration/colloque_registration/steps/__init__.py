"""What this room does about what it is asked and what it hears: the whole of it on one screen."""

from __future__ import annotations

from colloque.contracts.notifications import MessageFailed
from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionClosed,
    EditionOpened,
    EditionPostponed,
    ProgrammeReleased,
    RegistrationClosed,
)
from colloque.runtime.work import Steps
from colloque_registration.commands import (
    AcceptOffer,
    CancelRegistration,
    ChangeConsent,
    ChangeNeeds,
    ChangeSessions,
    ConfirmRegistration,
    DeclineOffer,
    DescribePerson,
    EnterConsole,
    ExpireOffer,
    ExpireRegistration,
    GrantRole,
    IssueToken,
    NoteExport,
    OfferPlace,
    RequestSignIn,
    RevokeRole,
    RevokeToken,
    SettleClash,
    SubmitRegistration,
    TellOfRelease,
)
from colloque_registration.steps.agenda import settle_clash, tell_of_release
from colloque_registration.steps.changing import cancel, change_consent, change_needs, change_sessions
from colloque_registration.steps.confirming import confirm, expire
from colloque_registration.steps.offering import accept_offer, decline_offer, expire_offer, offer_place
from colloque_registration.steps.organisers import (
    describe_person,
    enter_console,
    grant_role,
    issue_token,
    note_export,
    request_sign_in,
    revoke_role,
    revoke_token,
)
from colloque_registration.steps.reaching import note_unreached
from colloque_registration.steps.scheduling import follow_edition, follow_release
from colloque_registration.steps.submitting import submit

STEPS = (
    Steps()
    .on(SubmitRegistration, submit)
    .on(ConfirmRegistration, confirm)
    .on(ExpireRegistration, expire)
    .on(ChangeSessions, change_sessions)
    .on(SettleClash, settle_clash)
    .on(ChangeNeeds, change_needs)
    .on(ChangeConsent, change_consent)
    .on(CancelRegistration, cancel)
    .on(AcceptOffer, accept_offer)
    .on(DeclineOffer, decline_offer)
    .on(ExpireOffer, expire_offer)
    .on(OfferPlace, offer_place)
    .on(DescribePerson, describe_person)
    .on(GrantRole, grant_role)
    .on(RevokeRole, revoke_role)
    .on(IssueToken, issue_token)
    .on(RevokeToken, revoke_token)
    .on(RequestSignIn, request_sign_in)
    .on(EnterConsole, enter_console)
    .on(NoteExport, note_export)
    .on(EditionAnnounced, follow_edition)
    .on(EditionOpened, follow_edition)
    .on(EditionAmended, follow_edition)
    .on(RegistrationClosed, follow_edition)
    .on(EditionPostponed, follow_edition)
    .on(EditionCancelled, follow_edition)
    .on(EditionClosed, follow_edition)
    .on(ProgrammeReleased, follow_release)
    .on(TellOfRelease, tell_of_release)
    .on(MessageFailed, note_unreached)
)
