"""The mail server says not now, says never, says nothing, hangs up."""

import pytest

from colloque_embedded.faults import Fault
from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]

NEVER = "p7.1@example.org"


async def test_whatever_the_mail_server_does_everybody_it_accepts_gets_their_mails_once(stage: Stage) -> None:
    crowd = Crowd(stage, only_submits=lambda person: person.email == NEVER)
    taken = 3
    await stage.servers.faults.set(
        Fault("refuse", to=NEVER, reply="550 5.1.1 No such mailbox"),
        Fault("refuse", to="p1", times=4),
        Fault("refuse", to="p1", when="data", reply="452 4.3.1 Disk full", times=4),
        Fault("stall", to="p2", times=1),
        Fault("stall", to="p2", when="data", times=1),
        Fault("close", to="p3", times=6),
        Fault("take_and_close", to="p4", times=taken),
    )
    await crowd.come(range(60))
    met = await stage.servers.faults.met()
    assert met == [1, 4, 4, 1, 1, 6, taken]
    await account(stage, crowd, repeats=taken, undelivered=[NEVER])
