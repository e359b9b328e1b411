"""Each safeguard by its name, and where it is seen to be missed."""

from __future__ import annotations

from tests.simulation.mutants import Mutant, Table, belts, desk, mails, streams, turn

BUGS = ("poison", "slow", "twins")
MAILS = ("smtp", "slow", "twins")
LEASES = ("sluggish", "stall", "smtp")
CALM = ("twins", "answers")

# Without unique-find the database's index still refuses, but halves have to find out whom, and a crowd waits too long.
SAFEGUARDS: Table = {
    "mark-in-commit": Mutant("marks move in the commit of the turn, not when the fact is taken", desk.mark_in_commit),
    "number-in-commit": Mutant("n and seq are given by the commit, not reserved before it", desk.number_in_commit),
    "relay-after-commit": Mutant("nothing is published before its line is committed", desk.relay_after_commit),
    "ask": Mutant("a consumer that misses something asks for it", streams.ask),
    "pulse": Mutant("a source says where its streams end", streams.pulse, 3),
    "counter-fence": Mutant("a commit holds only if nobody committed since the counter was read", desk.counter_fence),
    "counter-first": Mutant("the counter is read before everything else that the turn reads", desk.counter_first, 1),
    "rerun": Mutant("a step that read something before an earlier one changed it runs again", turn.rerun),
    "find-reads": Mutant("whatever a find could have met counts as read", turn.find_reads, 4, BUGS),
    "unique-find": Mutant("what must be unique is looked for in the turn", turn.unique_find, 0, ("rush", "twins")),
    "twins": Mutant("a message that has a twin in its turn waits for the next turn", desk.twins, 5),
    "line-lookup": Mutant("before a refusal is told, its line is looked for", desk.line_lookup, 1),
    "unknown-reruns": Mutant("after a commit of unknown result the turn runs again", desk.unknown_reruns, 2),
    "payload": Mutant("the same key with another payload is told so", desk.payload),
    "message-whole": Mutant("nobody sees half of a message", turn.message_whole, 2, BUGS),
    "stream-waits": Mutant(
        "later facts of its stream leave the turn with the one that failed", turn.stream_waits, 1, BUGS
    ),
    "park-order": Mutant("later facts of a subject are parked behind a parked one", turn.park_order, 8, BUGS),
    "park-fenced": Mutant("what is parked is read in the turn, not remembered", turn.park_fenced, 2, BUGS),
    "replay-head": Mutant("a replay takes the head of the queue and nothing else", turn.replay_head, 2, BUGS),
    "replay-line": Mutant("a replay has a line of its own", turn.replay_line, 2, BUGS),
    "timer-set": Mutant(
        "a fired timer's cause names the line that set it", streams.timer_set, 11, ("skew", "slow", "answers")
    ),
    "timer-read": Mutant("a timer is read again in the turn that fires it", turn.timer_read, 21, BUGS),
    "timer-refused": Mutant("a timer that is refused has a line and is gone", turn.timer_refused, 92, BUGS),
    "inner-stays": Mutant("reports and timers never give up", desk.inner_stays, 0, ("database", "slow", "smtp")),
    "ask-parcels": Mutant("an answer's limit counts parcels sent", streams.ask_parcels, 3, ("wipe", "lost", "restore")),
    "postman-lease": Mutant("mails are sent under a lease", mails.postman_lease, 0, MAILS),
    "lease-holder": Mutant("a lease is renewed by its holder only", mails.lease_holder, 25, LEASES),
    "lease-left": Mutant("a mail is sent only if the lease outlasts the sending", mails.lease_left, 190, LEASES),
    "mail-read": Mutant("a mail is read again just before it is sent", mails.mail_read, 22, MAILS),
    "older-first": Mutant("a mail waits for the older one of its lane", mails.older_first, 3, MAILS),
    "contact-version": Mutant(
        "an older contact never replaces a newer one", mails.contact_version, 700, ("producer", "crowd", "wipe")
    ),
    "quiet-traces": Mutant("handling a trace line writes no line", turn.quiet_traces, 0, CALM),
    "epoch": Mutant("a restored journal gets a new epoch", streams.epoch, 100, ("restore", *CALM)),
    "fact-ids": Mutant("a fact's id comes from its cause, step and place, not from n", turn.fact_ids),
    "rest-by-ends": Mutant("rest goes by the sources' own ends", streams.rest_by_ends, 104, ("wipe", "lost", "twins")),
    "marks-reread": Mutant("the marks are read again before anything is asked for", streams.marks_reread, 20000),
    "look-back": Mutant("who stands beyond a log's end goes back", streams.look_back, 0, ("wipe", "kill", "lost")),
}

# The first three are safeguards of the protocol that something else in the product makes needless:
# next-turn: the loser tries again at once, in ever smaller turns; a claim only shares the turns out evenly.
# ask-anyone: every process hears every ask, and it is asked again.
# older-lives: asks for a life that is over are answered by a pulse; they never end, and harm nobody.
BELTS: Table = {
    "next-turn": Mutant("a process that was refused has the next turn for itself", desk.next_turn),
    "ask-anyone": Mutant("whichever process reads an ask answers it, lease or not", streams.ask_anyone),
    "older-lives": Mutant("what a life that is over has not left behind is not waited for", streams.older_lives),
    "relay-lease": Mutant("one active relay per room", belts.relay_lease),
    "alarm-lease": Mutant("one active alarm per room", belts.alarm_lease),
    "relay-acks": Mutant("the relay moves its mark only when all is acknowledged", belts.relay_acks),
    "versions": Mutant("documents are replaced under a version filter", belts.versions),
    "ask-spacing": Mutant("asks to one source are spaced", belts.ask_spacing),
    "offsets": Mutant("a group's offsets are remembered", belts.offsets),
    "ringing": Mutant("a timer in hand is not rung again", belts.ringing),
}
