"""Whoever stands outside the house: people with a browser and a mailbox, an organiser with a token. They know its
addresses and nothing of its code; the demo, the stories and the measurements are made of them."""

from colloque_embedded.story.inbox import Inbox, Mail
from colloque_embedded.story.organiser import Organiser, Refused, sign_up
from colloque_embedded.story.process import EndedByItself, HouseProcess
from colloque_embedded.story.rest import rest
from colloque_embedded.story.visitor import Page, PageForm, Visitor, street

__all__ = [
    "EndedByItself",
    "HouseProcess",
    "Inbox",
    "Mail",
    "Organiser",
    "Page",
    "PageForm",
    "Refused",
    "Visitor",
    "rest",
    "sign_up",
    "street",
]
