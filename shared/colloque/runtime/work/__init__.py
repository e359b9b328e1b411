"""The words a room is written in: documents and changes, commands and steps, and the work a step does.

A step is a plain async function `(message, work) -> answer`. It touches nothing but `work` and waits for nothing else,
so that it can be thrown away and run again. Its answer is a JSON value (a reference, nothing personal): it is kept in
the journal, and stands when the same message comes a second time."""

from colloque.runtime.work.documents import Change, Command, D, Document, Find, Key, Lookup, Read, Timer, finds_of
from colloque.runtime.work.ids import keyed_id
from colloque.runtime.work.steps import IDLE, Answer, Step, Steps, type_of
from colloque.runtime.work.view import Need, Noted, View
from colloque.runtime.work.work import Work

__all__ = [
    "IDLE",
    "Answer",
    "Change",
    "Command",
    "D",
    "Document",
    "Find",
    "Key",
    "Lookup",
    "Need",
    "Noted",
    "Read",
    "Step",
    "Steps",
    "Timer",
    "View",
    "Work",
    "finds_of",
    "keyed_id",
    "type_of",
]
