"""This room's behaviour on one screen."""

from __future__ import annotations

from colloque.contracts.notifications import MessageFailed
from colloque.contracts.registration import Contact, PlacesChanged, SeatsChanged
from colloque.runtime.work import IDLE, Steps
from colloque.web.rights import RIGHTS_STEPS
from colloque_scheduling.commands.draft import (
    AmendSession,
    Assign,
    CancelSession,
    DropRoom,
    DropSession,
    DropTrack,
    MoveSession,
    PutRoom,
    PutSession,
    PutTrack,
    ReleaseProgramme,
    RestoreRelease,
    SwapSessions,
    Unassign,
)
from colloque_scheduling.commands.editions import (
    AmendEdition,
    AnnounceEdition,
    BeginEdition,
    CancelEdition,
    CloseEdition,
    CloseRegistration,
    OpenRegistration,
    PlanEdition,
    PostponeEdition,
    PutSeries,
)
from colloque_scheduling.commands.imports import BeginImport, ContinueImport
from colloque_scheduling.commands.speakers import (
    AnswerInvitation,
    ExpireInvitation,
    GoOnInviting,
    InviteSpeakers,
    RecordAnswer,
    RemindSilentSpeaker,
    RemindSpeaker,
)
from colloque_scheduling.steps.availability import follow_places, follow_seats
from colloque_scheduling.steps.editions import (
    amend_edition,
    announce_edition,
    begin_edition,
    cancel_edition,
    close_edition,
    close_registration,
    open_registration,
    plan_edition,
    postpone_edition,
    put_series,
)
from colloque_scheduling.steps.grounds import drop_room, drop_track, put_room, put_track
from colloque_scheduling.steps.imports import begin_import, continue_import
from colloque_scheduling.steps.people import follow_contact
from colloque_scheduling.steps.releases import release_programme, restore_release
from colloque_scheduling.steps.sessions import (
    amend_session,
    cancel_session,
    drop_session,
    move_session,
    put_session,
    swap_sessions,
)
from colloque_scheduling.steps.speakers import (
    answer_invitation,
    assign,
    expire_invitation,
    go_on_inviting,
    invite_speakers,
    note_undelivered,
    record_answer,
    remind_silent_speaker,
    remind_speaker,
    unassign,
)

STEPS = (
    Steps()
    .on(PutSeries, put_series)
    .on(PlanEdition, plan_edition)
    .on(AmendEdition, amend_edition)
    .on(AnnounceEdition, announce_edition)
    .on(OpenRegistration, open_registration)
    .on(CloseRegistration, close_registration)
    .on(PostponeEdition, postpone_edition)
    .on(CancelEdition, cancel_edition)
    .on(BeginEdition, begin_edition)
    .on(CloseEdition, close_edition)
    .on(PutTrack, put_track)
    .on(DropTrack, drop_track)
    .on(PutRoom, put_room)
    .on(DropRoom, drop_room)
    .on(PutSession, put_session)
    .on(AmendSession, amend_session)
    .on(MoveSession, move_session)
    .on(SwapSessions, swap_sessions)
    .on(CancelSession, cancel_session)
    .on(DropSession, drop_session)
    .on(Assign, assign)
    .on(Unassign, unassign)
    .on(InviteSpeakers, invite_speakers)
    .on(GoOnInviting, go_on_inviting)
    .on(RemindSpeaker, remind_speaker)
    .on(RemindSilentSpeaker, remind_silent_speaker)
    .on(AnswerInvitation, answer_invitation)
    .on(RecordAnswer, record_answer)
    .on(ExpireInvitation, expire_invitation)
    .on(MessageFailed, note_undelivered)
    .on(Contact, follow_contact, patience=IDLE)  # of everybody who registers; few of them speak
    .on(ReleaseProgramme, release_programme)
    .on(RestoreRelease, restore_release)
    .on(BeginImport, begin_import)
    .on(ContinueImport, continue_import)
    .on(PlacesChanged, follow_places)
    .on(SeatsChanged, follow_seats)
    .joined(RIGHTS_STEPS)
)
