"""A real Apache Kafka (KRaft) out of Maven's jars: `async with KafkaCluster(folder) as kafka: kafka.bootstrap`.

Needs Java 17 and Maven. The jars stay in Maven's own cache; only their class path is kept under ./var.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import struct
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from colloque_embedded.servers import Child, Folder
from colloque_embedded.servers.ports import HOST, several_free_ports

VERSION = "4.4.0"
KEPT = Path(__file__).resolve().parents[2] / "var" / f"kafka-{VERSION}"
JVM = ("-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true")
# By default a killed broker is let back only after its dead session ends, nine seconds later.
FORGETFUL = {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "300"}

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>colloque.tests</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
"""


def class_path() -> str:
    """Asked of Maven once, and again when a jar of its answer has gone."""
    answer = KEPT / "classpath"
    if not (answer.exists() and all(Path(jar).exists() for jar in answer.read_text().split(":"))):
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "pom.xml").write_text(_POM.format(version=VERSION))
        resolve = ("dependency:build-classpath", "-DincludeScope=runtime", f"-Dmdep.outputFile={answer}")
        subprocess.run((_tool("mvn"), "-q", "-B", "-f", KEPT / "pom.xml", *resolve), check=True, timeout=600)
    return answer.read_text().strip()


def _java(main: str, *arguments: str | Path) -> list[str | Path]:
    log = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
    return [_tool("java"), *JVM, *log, "-cp", class_path(), main, *arguments]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is missing: apt-get install openjdk-17-jre-headless maven")
    return found


@dataclass
class KafkaCluster:
    folder: Path
    size: int = 1
    overrides: Mapping[str, str] = field(default_factory=lambda: dict(FORGETFUL))

    def __post_init__(self) -> None:
        numbers = several_free_ports(2 * self.size)
        self._ports, self._controllers = numbers[: self.size], numbers[self.size :]
        self.bootstrap = ",".join(f"{HOST}:{port}" for port in self._ports)
        self._home = Folder(self.folder)

    async def start(self) -> None:
        self._home.take()
        await asyncio.to_thread(class_path)
        self.nodes = [self._node(number) for number in range(self.size)]
        await asyncio.gather(*(self._format(number) for number in range(self.size)))
        for node in self.nodes:
            node.launch()
        await self.whole()

    async def whole(self, within: float = 60) -> None:
        """Until every node that runs sees every other: a port that answers is too early."""
        until = time.monotonic() + within
        for node in self.nodes:
            while await _brokers_seen_by(node.port) < sum(other.alive for other in self.nodes):
                assert node.alive, f"{node.name} ended: see {node.log}"
                assert time.monotonic() < until, f"Kafka is not whole after {within:.0f} s: see {node.log}"
                await asyncio.sleep(0.1)

    def kill(self, number: int = 0) -> None:
        self.nodes[number].kill()

    async def revive(self, number: int = 0) -> None:
        self.nodes[number].launch()
        await self.whole()

    async def stop(self) -> None:
        # The last node of a quorum never finishes a polite shutdown, hence the limit.
        await asyncio.gather(*(node.stop(within=8) for node in self.nodes))
        self._home.leave()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _node(self, number: int) -> Child:
        command = _java("kafka.Kafka", self._settings_file(number))
        return Child(f"kafka-{number}", command, self._home, port=self._ports[number])

    def _settings_file(self, number: int) -> Path:
        return self.folder / f"kafka-{number}.properties"

    async def _format(self, number: int) -> None:
        identity = self.folder / "cluster"
        if not identity.exists():
            identity.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
        settings = self._settings_file(number)
        settings.write_text("".join(f"{name}={value}\n" for name, value in self._settings(number).items()))
        if not (self.folder / f"log-{number}" / "meta.properties").exists():
            # Joined by « = »: one identity in sixty-four begins with a dash.
            command = _java(
                "kafka.tools.StorageTool", "format", f"--cluster-id={identity.read_text()}", "--config", settings
            )
            made = await asyncio.create_subprocess_exec(*map(str, command), stdout=asyncio.subprocess.DEVNULL)
            assert await made.wait() == 0, "Kafka's storage could not be formatted"

    def _settings(self, number: int) -> dict[str, str]:
        copies = min(3, self.size)
        in_sync = max(1, copies - 1)
        voters = (f"{node + 1}@{HOST}:{port}" for node, port in enumerate(self._controllers))
        listener = f"PLAINTEXT://{HOST}:{self._ports[number]}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": number + 1,
            "controller.quorum.voters": ",".join(voters),
            "listeners": f"{listener},CONTROLLER://{HOST}:{self._controllers[number]}",
            "advertised.listeners": listener,
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / f"log-{number}",
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "background.threads": 2,
            "log.cleaner.dedupe.buffer.size": 4 << 20,
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            settings |= {f"{topic}.replication.factor": copies, f"{topic}.num.partitions": 4}
        for topic in ("transaction.state.log", "share.coordinator.state.topic"):
            settings[f"{topic}.min.isr"] = in_sync
        return {name: str(value) for name, value in settings.items()} | dict(self.overrides)


async def _brokers_seen_by(port: int) -> int:
    """How many brokers stand in one answer to a Metadata request (version 1, about no topic); 0 when none comes."""
    client = b"probe"
    request = struct.pack(f">hhih{len(client)}si", 3, 1, 1, len(client), client, 0)
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(struct.pack(">i", len(request)) + request)
            async with asyncio.timeout(2):
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                answer = await reader.readexactly(size)
        finally:
            writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return 0
    (brokers,) = struct.unpack_from(">i", answer, 4)
    return int(brokers)
