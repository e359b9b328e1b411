"""What a process says of itself: log lines with their story, numbers for Prometheus, spans for OpenTelemetry.

A span's ids are made of what it stands for: the trace of a story, the span of a line or of a fact. So the spans of
rooms that never speak to each other join without anything being carried or stored, and the relay can write the header
`traceparent` for readers that are not ours."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from colloque.runtime.bugs import whole
from colloque.runtime.handling import Committed


# ---------------------------------------------------------------------------------------------------------------- logs
class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, where, what, and the story where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if story := getattr(record, "story", None):
            line["story"] = story
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = whole(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def log_to(stream: Any = None, level: str = "INFO") -> None:
    """All of the process's log, the libraries' too."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("aiokafka", "faststream", "pymongo", "httpx"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


# ------------------------------------------------------------------------------------------------------------- metrics
class Numbers(Collector):
    """Reads what the engines count anyway, when somebody asks: nothing is counted twice."""

    def __init__(self, read: Callable[[], Iterable[tuple[str, Mapping[str, float], Mapping[str, float]]]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        counts = CounterMetricFamily("colloque_desk", "What the desk has counted", labels=["room", "what"])
        levels = GaugeMetricFamily("colloque_level", "How it stands", labels=["room", "what"])
        for room, counted, standing in self._read():
            for what, value in counted.items():
                counts.add_metric([room, what.replace(" ", "_")], value)
            for what, value in standing.items():
                levels.add_metric([room, what], value)
        yield counts
        yield levels


def exposition(numbers: Numbers) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(numbers)
    return generate_latest(registry)


# --------------------------------------------------------------------------------------------------------------- spans
def _number(what: str, size: int) -> int:
    return int.from_bytes(blake2b(what.encode(), digest_size=size).digest(), "big") or 1


def trace_id(story: str) -> int:
    return _number(story, 16)


def span_id(of: str) -> int:
    return _number(of, 8)


def traceparent(story: str, cause: str) -> str:
    """W3C Trace Context of what a fact or line causes."""
    return f"00-{trace_id(story):032x}-{span_id(cause):016x}-01"


class _Given(IdGenerator):
    """The next span's id is the one it was given."""

    next_span = 1
    next_trace = 1

    def generate_span_id(self) -> int:
        return self.next_span

    def generate_trace_id(self) -> int:
        return self.next_trace


class Spans:
    """One span for each line, and one for each fact it tells, following the messaging conventions."""

    def __init__(self, room: str, exporter: SpanExporter) -> None:
        self._ids = _Given()
        resource = Resource.create({"service.name": f"colloque-{room}", "service.namespace": "colloque"})
        self._provider = TracerProvider(id_generator=self._ids, resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("colloque.runtime")

    def committed(self, committed: Committed) -> None:
        for line in committed.lines:
            self._line(line)

    def _line(self, line: Mapping[str, Any]) -> None:
        ended = line["at"] + timedelta(milliseconds=line["took_ms"])
        about = {"messaging.system": "kafka", "colloque.story": line["story"], "colloque.outcome": line["outcome"]}
        name, operation = f"{line['step']} {line['message']}", {"messaging.operation.type": "process"}
        parent = line["cause"] if line["cause"] != line["story"] else None
        story, fate = line["story"], line["outcome"] == "parked"
        when, what = (line["at"], ended), {**about, **operation}
        self._span(name, SpanKind.CONSUMER, (story, line["_id"], parent), when, what, failed=fate)
        for parcel in line["parcels"]:
            sent = {"messaging.destination.name": f"colloque.{parcel['topic']}", "messaging.message.id": parcel["id"]}
            what = {**about, **sent, "messaging.operation.type": "send"}
            place = story, parcel["id"], line["_id"]
            self._span(f"send {parcel['type']}", SpanKind.PRODUCER, place, (ended, ended), what)

    def _span(
        self,
        name: str,
        kind: SpanKind,
        place: tuple[str, str, str | None],
        when: tuple[datetime, datetime],
        attributes: Mapping[str, Any],
        *,
        failed: bool = False,
    ) -> None:
        """`place`: the story, what it stands for, and what that was caused by."""
        story, of, parent = place
        self._ids.next_trace, self._ids.next_span = trace_id(story), span_id(of)
        context = None
        if parent is not None:
            above = SpanContext(trace_id(story), span_id(parent), is_remote=True, trace_flags=TraceFlags(1))
            context = set_span_in_context(NonRecordingSpan(above))
        start, end = (round(at.timestamp() * 1e9) for at in when)
        span = self._tracer.start_span(name, context, kind, dict(attributes), start_time=start)
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def close(self) -> None:
        self._provider.shutdown()


def otlp(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - dear, and off

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


__all__: Sequence[str] = ["JsonLines", "Numbers", "Spans", "exposition", "log_to", "otlp", "traceparent"]
