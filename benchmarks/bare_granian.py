"""The bare handler on granian, for comparison: a server in Rust, in the interface that it is fastest with (RSGI)."""

from collections.abc import Awaitable, Callable

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # its types do not mark it as exported

from benchmarks.bare import bare_answers
from entrypoints.http.rates.routes import PATH


def granian_app() -> Callable[[Scope, HTTPProtocol], Awaitable[None]]:
    """Make the application."""
    answer_to = bare_answers()

    async def convert(scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.method != "POST" or scope.path != PATH:
            protocol.response_empty(404, [])
            return
        answer = answer_to(await protocol())
        if answer is None:
            protocol.response_empty(422, [])
        else:
            protocol.response_bytes(200, [("content-type", "application/json")], answer)

    return convert
