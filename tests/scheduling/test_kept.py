"""What the room keeps comes back from a database as it was."""

from __future__ import annotations

import bson

from colloque.contracts.registration import SeatsChanged
from colloque.runtime.store.mongo.sheets import CODEC, document_of, sheet_of
from colloque_scheduling.domain.programme.origin import Origin
from colloque_scheduling.domain.programme.release import Release
from colloque_scheduling.room import KINDS
from tests.scheduling.house import nec18_as
from tests.scheduling.test_speakers import MARC, contact, invite, record

FILE = b"""<schedule><day date="2018-09-13"><room name="Cour"><event id="7"><start>18:00</start>
<duration>00:30</duration><title>Une visite</title><persons><person id="1">Ada</person></persons></event></room></day>
</schedule>"""


async def test_every_document_of_the_story_survives_the_database() -> None:
    async with nec18_as("released") as house:
        now = house.clock.now()
        await house.desk.hear(SeatsChanged(subject="nec-2018", at=now, session="s02", seats=40, at_least=0))
        await house.desk.hear(contact("marc-tremblay"))
        await invite(house, MARC)
        await record(house, MARC, "confirmed")
        await house.web.post(
            "/api/editions/nec-2018/imports", content=FILE, headers={"content-type": "application/xml"}
        )
        documents = [one for one in house.store.every() if type(one) in KINDS]
        await house.until(now)
        documents += [one for one in house.store.every() if type(one) is Origin]

    kinds = {type(document) for document in documents}
    assert {*KINDS} <= kinds | {Release}
    for document in documents:
        sheet = bson.decode(bson.encode(sheet_of(document), codec_options=CODEC), codec_options=CODEC)
        assert document_of(type(document), sheet) == document
