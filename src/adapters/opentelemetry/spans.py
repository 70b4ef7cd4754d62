"""A span around a block, with the block's outcome."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from domain.errors import InvalidInput
from domain.rates.errors import ExchangeUnavailable, NoRoute


@contextmanager
def span_around(tracer: Tracer, name: str, kind: SpanKind, attributes: dict[str, str]) -> Iterator[Span]:
    """Open a child of the current span, and end it with the block.

    An exception marks the span as an error, unless it is an answer: no route, invalid input. The span has the message
    but no stack trace, because our messages contain no secrets and stack traces may.
    """
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except (NoRoute, InvalidInput) as answer:
            span.set_attribute("error.type", type(answer).__name__)
            raise
        except Exception as error:
            reason = error.reason.value if isinstance(error, ExchangeUnavailable) else type(error).__name__
            span.set_attribute("error.type", reason)
            span.set_status(Status(StatusCode.ERROR, str(error)))
            raise
