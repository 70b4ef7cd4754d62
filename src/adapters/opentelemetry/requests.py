"""A span for each request, with the caller's span as its parent if a W3C traceparent is sent."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

REQUEST_ID_HEADER = "X-Request-ID"

_OTHER = "_OTHER"  # OpenTelemetry's name for a method that HTTP does not define


def traced_requests(tracer: Tracer) -> Middleware:
    """Return the middleware. It belongs outside of the one that turns errors into responses, so it sees no errors.

    Spans have the route's pattern and never the path or query, which are client input.
    """
    incoming = TraceContextTextMapPropagator()

    @web.middleware
    async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
        method = request.method if request.method in hdrs.METH_ALL else _OTHER
        attributes = {"http.request.method": method, "url.scheme": request.scheme}
        name = method.replace(_OTHER, "HTTP")
        resource = request.match_info.route.resource
        if resource is not None:
            attributes["http.route"] = resource.canonical
            name = f"{name} {resource.canonical}"
        context = incoming.extract(request.headers)
        with tracer.start_as_current_span(name, context=context, kind=SpanKind.SERVER, attributes=attributes) as span:
            response = await handler(request)
            span.set_attribute("http.response.status_code", response.status)
            # A response that writes its own head stores the id in an attribute, not in its headers.
            request_id = getattr(response, "request_id", "") or response.headers.get(REQUEST_ID_HEADER, "")
            span.set_attribute("crossrate.request_id", request_id)
            if response.status >= 500:
                span.set_attribute("error.type", str(response.status))
                span.set_status(Status(StatusCode.ERROR))
            return response

    return trace
