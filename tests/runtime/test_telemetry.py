"""What a process says of itself."""

from __future__ import annotations

import io
import json
import logging

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from colloque.runtime.desk import Cause
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.telemetry import Numbers, Spans, exposition, log_to, traceparent
from tests.runtime.toy import NOON, Moved, Open, Pay, toy_desk


async def test_what_rooms_do_about_one_story_is_one_trace_though_nothing_carries_it() -> None:
    exporters = InMemorySpanExporter(), InMemorySpanExporter()
    one, other = Spans("toy", exporters[0]), Spans("other", exporters[1])
    here, there = toy_desk(MemoryStore("toy")), toy_desk(MemoryStore("toy"))
    here.after_commit(one.committed)
    there.after_commit(other.committed)
    async with here.running(), there.running():
        ann = await here.do(Open(name="ann", coins=3), Cause.first("a form"))
        bob = await here.do(Open(name="bob"), Cause.first("another form"))
        await here.do(Pay(source=str(ann), target=str(bob)), Cause("a click", "a form"))
        [line] = [line for line in await here.store.journal(1, 9) if line["step"] == "pay"]
        fact = line["parcels"][0]["id"]
        await there.hear(Moved(subject=str(ann), at=NOON), "a form")
    for spans in (one, other):
        spans.close()
    told = {span.name: span for exporter in exporters for span in exporter.get_finished_spans()}
    paid, sent, counted = told["pay Pay"], told["send toy.moved.v1"], told["count toy.moved.v1"]
    assert paid.context.trace_id == sent.context.trace_id == counted.context.trace_id
    assert sent.parent is not None
    assert sent.parent.span_id == paid.context.span_id
    assert sent.attributes is not None
    assert sent.attributes["messaging.message.id"] == fact
    assert traceparent("a form", fact).split("-")[2] == format(sent.context.span_id, "016x")


async def test_a_span_of_a_step_hangs_on_the_fact_that_caused_it() -> None:
    exporter = InMemorySpanExporter()
    spans = Spans("toy", exporter)
    desk = toy_desk(MemoryStore("toy"))
    desk.after_commit(spans.committed)
    async with desk.running():
        await desk.hear(Moved(subject="x", at=NOON), "a story")
        [line, _] = await desk.store.journal(1, 2)
    spans.close()
    counted = next(span for span in exporter.get_finished_spans() if span.name == "count toy.moved.v1")
    assert counted.parent is not None
    assert format(counted.parent.span_id, "016x") == traceparent("a story", line["cause"]).split("-")[2]


def test_a_log_line_is_json_with_its_story_and_without_the_words_of_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heard, words = io.StringIO(), "nadia@example.org is not a number"
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to(heard)
        try:
            raise ValueError(words)
        except ValueError:
            logging.getLogger("colloque.test").exception("something broke", extra={"story": "s1"})
    finally:
        root.handlers[:], root.level = before, level
    said = json.loads(heard.getvalue())
    assert (said["level"], said["message"], said["story"]) == ("error", "something broke", "s1")
    assert said["error"].startswith("ValueError\n")
    assert "nadia" not in heard.getvalue()


def test_the_numbers_are_what_the_desks_have_counted() -> None:
    numbers = Numbers(lambda: [("toy", {"turns": 3, "gave up": 1}, {"waiting": 2, "ready": 1.0})])
    found = {
        (sample.name, sample.labels["what"]): sample.value
        for family in text_string_to_metric_families(exposition(numbers).decode())
        for sample in family.samples
    }
    assert found["colloque_desk_total", "turns"] == 3
    assert found["colloque_desk_total", "gave_up"] == 1
    assert found["colloque_level", "waiting"] == 2
