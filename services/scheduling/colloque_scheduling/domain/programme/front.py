"""The list of editions, as one document: the house's first page is made from it alone."""

from __future__ import annotations

from datetime import date

from colloque.contracts.fact import EditionFrame, Frozen
from colloque.runtime.work import Change, Document

from .edition import Edition

FRONT = "front"


class Card(Frozen):
    frame: EditionFrame
    state: str
    ordinal: int | None = None


class Front(Document):
    """`cards`: every edition that has been announced, the latest first. `editions`: all of the house, drafts too."""

    cards: tuple[Card, ...] = ()
    editions: tuple[str, ...] = ()

    def with_edition(self, edition: Edition) -> Change[Front]:
        others = tuple(card for card in self.cards if card.frame.edition != edition.id)
        mine = (Card(frame=edition.frame, state=edition.state, ordinal=edition.ordinal),) if edition.public else ()
        cards = tuple(
            sorted((*others, *mine), key=lambda card: (card.frame.starts_on, card.frame.edition), reverse=True)
        )
        editions = self.editions if edition.id in self.editions else (*self.editions, edition.id)
        same = (cards, editions) == (self.cards, self.editions)
        return Change(self if same else self.becomes(cards=cards, editions=editions))


def _day_and_name(card: Card) -> tuple[date, str]:
    return card.frame.starts_on, card.frame.edition
