"""An answer before it is HTTP: what a stand-in says, without knowing how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrypoints.simulator.venues.payloads import Body, json_body

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and headers of an answer."""

    body: Body
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: object, status: int = 200, **headers: str) -> "Reply":
        """Answer a small JSON document."""
        return cls(json_body(document), status, JSON, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, and when: `tick` dates the market, `now` is the clock in Unix seconds."""

    path: str
    query: Mapping[str, str]
    tick: int
    now: float
