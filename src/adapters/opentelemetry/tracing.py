"""Sets up tracing: what is traced, and where spans are sent."""

import asyncio
from threading import Thread

from aiohttp.typedefs import Middleware
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from adapters.opentelemetry.convert import TracedConvert
from adapters.opentelemetry.exchange import TracedExchange
from adapters.opentelemetry.fetch_lock import TracedFetchLock
from adapters.opentelemetry.market_cache import TracedMarketCache
from adapters.opentelemetry.requests import traced_requests
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.fetch_lock import FetchLock
from application.market_data.ports.market_cache import MarketCache
from application.rates.converter import Converter

# A collector that hangs must not keep the process from exiting.
MAX_CLOSE_SECONDS = 3.0


class Tracing:
    """Wraps parts of the application in tracing decorators, whose spans go to `processor`.

    OpenTelemetry's own environment variables configure destination and sampling: OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and others.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        resource = Resource.create({SERVICE_NAME: "crossrate"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("crossrate")
        self.requests: Middleware = traced_requests(self._tracer)

    @classmethod
    def over_otlp(cls) -> "Tracing":
        """Send spans over OTLP/HTTP, in batches, from a thread; those that cannot be sent in time are dropped."""
        return cls(BatchSpanProcessor(OTLPSpanExporter()))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange with tracing."""
        return TracedExchange(exchange, self._tracer)

    def market_cache(self, cache: MarketCache) -> MarketCache:
        """Return the cache with tracing."""
        return TracedMarketCache(cache, self._tracer)

    def fetch_lock(self, fetch_lock: FetchLock) -> FetchLock:
        """Return the fetch lock with tracing."""
        return TracedFetchLock(fetch_lock, self._tracer)

    def convert(self, convert: Converter) -> Converter:
        """Return the conversion with tracing."""
        return TracedConvert(convert, self._tracer)

    async def close(self) -> None:
        """Send the remaining spans, within three seconds."""
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, MAX_CLOSE_SECONDS)
