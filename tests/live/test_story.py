"""Registrations from the form to the second mail, with a real Apache Kafka in place of the embedded broker."""

import asyncio
from pathlib import Path

import pytest

from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage, prepare
from tests.live.kafka_cluster import KafkaCluster

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


async def test_the_story_holds_on_apache_kafka_and_over_a_kill_of_its_broker(tmp_path: Path) -> None:
    async with KafkaCluster(tmp_path / "kafka") as kafka:
        settings = {"COLLOQUE_KAFKA": kafka.bootstrap, "COLLOQUE_KAFKA_IDEMPOTENT": "true"}
        folder = tmp_path / "house"
        await prepare(folder, settings)
        async with Stage(folder, settings).standing() as stage:
            # Nobody can have spoken through the broker that the folder brings.
            stage.servers.broker.kill()
            crowd = Crowd(stage, only_submits=lambda person: person.number >= 100)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(crowd.come(range(100)))
                await crowd.until(50)
                kafka.kill()
                await crowd.come(range(100, 110))
                await kafka.revive()
            await account(stage, crowd)
