"""One span around something, with what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from domain.errors import RefusedInput
from domain.rates.errors import ExchangeUnavailable, NoRoute


@contextmanager
def span_around(tracer: Tracer, name: str, kind: SpanKind, attributes: dict[str, str]) -> Iterator[Span]:
    """Open a span, below the one that is open, and end it with the block.

    An error that leaves the block makes it one in the trace too, unless it is an answer: no route, refused input. Its
    message is told, and no stack: messages of ours hold no secrets, and stacks may.
    """
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except (NoRoute, RefusedInput) as answer:
            span.set_attribute("error.type", type(answer).__name__)
            raise
        except Exception as error:
            reason = error.reason.value if isinstance(error, ExchangeUnavailable) else type(error).__name__
            span.set_attribute("error.type", reason)
            span.set_status(Status(StatusCode.ERROR, str(error)))
            raise
