"""From a form accepted to its mail in the sink, while people register at a fixed rate, whatever becomes of those before
them. Its floor: the same mails handed to the sink by a bare aiosmtplib, at the same rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from email.message import EmailMessage

import aiosmtplib

from bench.figures import Figure, at_most
from bench.people import Crowd, Post
from bench.plan import Plan
from bench.registration import percentile
from bench.stage import SITES, Stage, edition, stage
from colloque_embedded.mailbox import Mailbox
from colloque_embedded.servers.ports import HOST

SHARES = (50, 95, 99)


async def mail_latency(plan: Plan) -> Sequence[Figure]:
    count = round(plan.latency_seconds * plan.latency_rate)
    people, everybody = range(plan.warm, plan.warm + count), range(plan.warm + count)
    async with stage(plan) as house:
        ids = await edition(house, "bench-latency")
        async with Post(house.mailbox) as post:
            crowd = Crowd(house.port, "bench-latency", ids[::SITES], post)
            await crowd.rush(range(plan.warm), plan.at_once)
            await house.at_rest()
            mine, began = time.process_time(), time.perf_counter()
            late = await crowd.stream(people, plan.latency_rate)
            client = (time.process_time() - mine) / (time.perf_counter() - began)
            await house.at_rest()
            crowd.check(everybody)
            waited = [post.arrivals[email][0] - crowd.accepted[email] for email in map(crowd.email, people)]
        bare = await _bare(house, min(count, 100), plan.latency_rate)
    said = f"client {client:.0%}, at most {late * 1e3:.0f} ms late, again {crowd.again}"
    print(f"  {count} at {plan.latency_rate:g} a second; {said}")
    return [
        Figure(
            f"mail_latency.p{share}",
            percentile(waited, share / 100) * 1e3,
            "ms",
            percentile(bare, share / 100) * 1e3,
            at_most(250) if share == 99 else None,
        )
        for share in SHARES
    ]


async def _bare(house: Stage, count: int, a_second: float) -> list[float]:
    """Seconds from the moment a mail is handed over to its arrival."""
    boxes = Mailbox(house.mailbox)
    boxes.refresh()
    before, handed = len(boxes.mails), list[float]()
    size = boxes.mails[0].size
    async with aiosmtplib.SMTP(hostname=HOST, port=house.smtp, start_tls=False) as smtp:
        for n in range(count):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "bench@example.org", f"p{n}@example.net", "Bench"
            mail.set_content(("x" * 70 + "\n") * (size // 71))
            handed.append(time.time())
            await smtp.send_message(mail)
            await asyncio.sleep(1 / a_second)
    boxes.refresh()
    return [mail.at - at for mail, at in zip(boxes.mails[before:], handed, strict=True)]
