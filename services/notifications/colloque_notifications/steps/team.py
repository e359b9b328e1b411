"""What those who make a programme are told by mail, wherever they are: what cannot wait until they look."""

from __future__ import annotations

from colloque.contracts.scheduling import SpeakerWithdrawn
from colloque.runtime.work import Answer, Work
from colloque.web.rights import HOUSE, Organiser, may
from colloque_notifications.steps.tell import Letter, queue


async def tell_team(fact: SpeakerWithdrawn, work: Work) -> Answer:
    """Somebody who had said yes has said by their link that they will not come. What an organiser has noted, the team
    knows. The mail names nobody: the console does."""
    if fact.by != "speaker":
        return None
    told = [await queue(_letter(fact, one.id), work) for one in await _team(fact, work)]
    return len(told)


async def _team(fact: SpeakerWithdrawn, work: Work) -> list[Organiser]:
    """Who may change the programme of that edition, or of its series; where there is nobody, of the house."""
    series = fact.frame.series
    for scopes in ((f"edition:{fact.edition}", f"series:{series}"), (HOUSE,)):
        found = {one.id: one for scope in scopes for one in await work.find(Organiser, scopes=scope)}
        able = [one for one in found.values() if may(one.grants, "programme", fact.edition, series)]
        if able:
            return able
    return []


def _letter(fact: SpeakerWithdrawn, organiser: str) -> Letter:
    said = {
        "title": dict(fact.title),
        "frame": fact.now.model_dump(mode="json") if fact.now else None,
        "roles": [fact.role],
    }
    return Letter("team_speaker_left", organiser, fact.subject, fact.edition, said)
