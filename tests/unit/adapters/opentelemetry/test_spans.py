"""A span ends as its block ends: an answer is no error, and nothing shows a stack trace."""

from collections.abc import Mapping
from contextlib import nullcontext

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from adapters.opentelemetry.spans import span_around
from domain.currency import Currency
from domain.errors import InvalidInput
from domain.rates.errors import ExchangeUnavailable, FailureReason, NoRoute


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Tracer:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("tests")


def around(tracer: Tracer, exporter: InMemorySpanExporter, error: Exception | None = None) -> ReadableSpan:
    """Return the span around a block that ends with this error."""
    ends = nullcontext() if error is None else pytest.raises(type(error))
    with ends, span_around(tracer, "block", SpanKind.CLIENT, {"crossrate.exchange": "binance"}):
        if error is not None:
            raise error
    (span,) = exporter.get_finished_spans()
    return span


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    assert span.attributes is not None
    return span.attributes


def test_a_block_without_an_error_has_its_attributes(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    span = around(tracer, exporter)
    assert (span.name, span.kind, span.status.status_code) == ("block", SpanKind.CLIENT, StatusCode.UNSET)
    assert attributes(span) == {"crossrate.exchange": "binance"}


NO_ROUTE = NoRoute(Currency("BTC"), Currency("NOPE"), {"binance": "NOPE is not listed"})


@pytest.mark.parametrize("answer", [NO_ROUTE, InvalidInput("no")], ids=repr)
def test_an_answer_is_no_error(tracer: Tracer, exporter: InMemorySpanExporter, answer: Exception) -> None:
    span = around(tracer, exporter, answer)
    assert span.status.status_code is StatusCode.UNSET
    assert attributes(span)["error.type"] == type(answer).__name__


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ExchangeUnavailable("binance", FailureReason.TIMEOUT, "no byte within 2 s"), "timeout"),
        (RuntimeError("unexpected"), "RuntimeError"),
    ],
)
def test_a_failure_is_an_error_with_its_message_and_without_a_stack_trace(
    tracer: Tracer, exporter: InMemorySpanExporter, error: Exception, kind: str
) -> None:
    span = around(tracer, exporter, error)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, str(error))
    assert attributes(span)["error.type"] == kind
    assert span.events == ()


def test_a_span_inside_another_is_its_child(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    with span_around(tracer, "outer", SpanKind.INTERNAL, {}):
        inner = around(tracer, exporter)
    outer = exporter.get_finished_spans()[-1]
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id
