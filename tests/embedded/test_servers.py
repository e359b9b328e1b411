"""The real programs, begun, killed and ended."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient

from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.servers import Child, Folder, Ports, Servers
from colloque_embedded.servers.database import choose_engine


@contextmanager
def documents(servers: Servers) -> Iterator[MongoClient[dict[str, object]]]:
    with MongoClient[dict[str, object]](servers.mongodb, serverSelectionTimeoutMS=5000) as client:
        yield client


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


async def until(happens: object, within: float = 10) -> None:
    assert callable(happens)
    end = time.monotonic() + within
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


async def test_the_three_programs_answer_and_are_gone_afterwards(tmp_path: Path) -> None:
    servers = Servers(Folder(tmp_path / "var"), Ports.free())
    await servers.start()
    ports = (servers.ports.database, servers.ports.broker, servers.ports.smtp)
    assert [listens(port) for port in ports] == [True] * 3
    pids = [child.pid for child in servers.children]
    await servers.stop()
    assert [listens(port) for port in ports] == [False] * 3
    assert [is_running(pid) for pid in pids] == [False] * 3


async def test_what_the_database_acknowledged_survives_a_kill(servers: Servers) -> None:
    with documents(servers) as client, client.start_session() as session, session.start_transaction():
        client.house.papers.insert_many([{"_id": n} for n in range(20)], session=session)
    servers.database.kill()
    assert not servers.database.alive
    await servers.database.start()
    with documents(servers) as client:
        assert sorted(str(paper["_id"]) for paper in client.house.papers.find()) == sorted(map(str, range(20)))


async def test_a_stopped_house_finds_its_documents_again(tmp_path: Path) -> None:
    for n in range(2):
        async with Servers(Folder(tmp_path / "var"), Ports.free()) as servers:
            with documents(servers) as client:
                assert client.house.papers.count_documents({}) == n
                client.house.papers.insert_one({"_id": n})


async def test_the_broker_carries_messages_and_comes_back_empty_after_a_kill(servers: Servers) -> None:
    async def end_of_log() -> int:
        consumer = AIOKafkaConsumer(bootstrap_servers=servers.kafka)
        await consumer.start()
        try:
            place = TopicPartition("letters", 0)
            ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
            return ends[place]
        finally:
            await consumer.stop()

    async def produce(message: bytes) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=servers.kafka)
        await producer.start()
        try:
            await producer.send_and_wait("letters", message, partition=0)
        finally:
            await producer.stop()

    async def make_topic() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic("letters", 1, 1)])
        finally:
            await admin.close()

    await make_topic()
    await produce(b"one")
    await produce(b"two")
    assert await end_of_log() == 2
    servers.broker.kill()
    await servers.broker.start()
    await make_topic()
    assert await end_of_log() == 0


async def test_a_child_that_ends_by_itself_is_started_again(servers: Servers) -> None:
    watch = asyncio.create_task(servers.supervise(every=0.05))
    first = servers.broker.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: servers.broker.alive and servers.broker.pid != first and listens(servers.ports.broker))
    watch.cancel()


async def test_a_second_house_on_the_same_folder_is_told_so(servers: Servers) -> None:
    second = Servers(Folder(servers.folder.path), Ports.free())
    with pytest.raises(
        HouseRefusal, match=rf"Another house \(process {os.getpid()}\) uses the folder .*EMBEDDED_DATA="
    ):
        await second.start()
    assert all(child.alive for child in servers.children)


async def test_a_port_already_taken_is_named(tmp_path: Path) -> None:
    ports = Ports.free()
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", ports.broker))
        somebody.listen()
        with pytest.raises(HouseRefusal, match=f"Port {ports.broker} is already taken.*COLLOQUE_EMBEDDED_PORT="):
            await Servers(Folder(tmp_path / "var"), ports).start()
    async with Servers(Folder(tmp_path / "var"), ports) as servers:
        assert servers.broker.alive


async def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "var")
    folder.take()
    script = "import sys; sys.exit('the moon is in the wrong house')"
    child = Child("oracle", (sys.executable, "-c", script), folder, port=Ports.free().web)
    child.launch()
    with pytest.raises(HouseRefusal, match=r"The oracle ended at once \(the moon is in the wrong house\).*oracle\.log"):
        await child.ready()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HouseRefusal, match=r"cannot be written .*COLLOQUE_EMBEDDED_DATA="):
        Folder(tmp_path / "file" / "var").take()


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: _Disk(free=5 << 20))
    with pytest.raises(HouseRefusal, match="only 5 MB left and the house needs 256"):
        Folder(tmp_path / "var").take()


class _Disk:
    def __init__(self, free: int) -> None:
        self.free = free


async def test_a_folder_of_one_database_program_refuses_the_other(servers: Servers) -> None:
    rust = servers.folder / "secantusd-rs"
    rust.touch()
    with pytest.raises(HouseRefusal, match=r"belong to secantusd-py .* unset COLLOQUE_EMBEDDED_DB"):
        choose_engine(servers.folder, rust)


def test_the_rust_database_serves_only_a_fresh_folder_or_its_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for made in ("bin", "database"):
        (tmp_path / made).mkdir()
    rust, mark = tmp_path / "bin" / "secantusd-rs", tmp_path / "database" / "SERVER"
    assert choose_engine(folder, None).name == "secantusd-py"
    rust.touch()
    assert choose_engine(folder, None).program == rust
    mark.write_text("secantusd-py")
    assert choose_engine(folder, None).name == "secantusd-py"
    mark.write_text("secantusd-rs")
    assert choose_engine(folder, None).program == rust
    rust.unlink()
    with pytest.raises(HouseRefusal, match=r"belong to secantusd-rs .* COLLOQUE_EMBEDDED_DB"):
        choose_engine(folder, None)
    with pytest.raises(HouseRefusal, match=r"secantusd-rs\) is not there"):
        choose_engine(folder, rust)


async def test_a_configuration_lying_about_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = Ports.free().web
    (tmp_path / "secantusd.toml").write_text(f"port = {stray}\n")
    monkeypatch.chdir(tmp_path)
    async with Servers(Folder(tmp_path / "var"), Ports.free()) as servers:
        assert listens(servers.ports.database)
        assert not listens(stray)


HOUSE = """
import asyncio, sys
from pathlib import Path
from colloque_embedded.servers import Folder, Ports, Servers

async def stand():
    async with Servers(Folder(Path(sys.argv[1])), Ports.free()) as servers:
        print(*(child.pid for child in servers.children), flush=True)
        await asyncio.sleep(600)

asyncio.run(stand())
"""


async def test_no_child_outlives_a_house_that_is_killed(tmp_path: Path) -> None:
    house = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOUSE, str(tmp_path / "var"), stdout=asyncio.subprocess.PIPE
    )
    assert house.stdout is not None
    pids = [int(word) for word in (await house.stdout.readline()).split()]
    assert [is_running(pid) for pid in pids] == [True] * 3
    house.kill()
    await house.wait()
    await until(lambda: not any(map(is_running, pids)), within=20)
    async with Servers(Folder(tmp_path / "var"), Ports.free()) as servers:
        assert all(child.alive for child in servers.children)


async def test_what_an_earlier_house_left_running_is_ended_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "var")
    folder.take()
    sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
    left = Child("sleeper", sleeper, folder, port=Ports.free().web)
    left.launch()
    Child("sleeper", sleeper, folder, port=left.port).end_leftover()
    assert not left.alive
