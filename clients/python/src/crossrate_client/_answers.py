"""From an answer to what it says: no socket, no clock."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from crossrate_client.errors import CrossrateError, Problem, UnexpectedAnswer
from crossrate_client.problems import BY_SLUG

NO_CONTENT = 204
UNAUTHENTICATED = 401
CONFLICT = 409

# Too slow, too many, and what a service or a proxy before it says while something is down.
PASSING = frozenset({408, 429, 502, 503, 504})

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be answered otherwise a little later."""
        return self.status in PASSING or (self.status == CONFLICT and "retry-after" in self.headers)

    def value(self) -> object:
        """Return the JSON of a good answer; None if it has none."""
        return None if self.status == NO_CONTENT else self._json()

    def retry_after_seconds(self, now: float) -> float | None:
        """Return how long the service wants us to wait; `now` is in Unix seconds."""
        text = self.headers.get("retry-after", "")
        if text.isascii() and text.isdecimal():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
        except (TypeError, ValueError, IndexError):
            return None

    def error(self, now: float) -> CrossrateError:
        """Return what an answer that is not good means."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() == PROBLEM_TYPE:
            body = self._json()
            if isinstance(body, dict):
                return problem(body, self.retry_after_seconds(now))
        return UnexpectedAnswer(f"The answer has the status {self.status} and no problem of the service.", self.status)

    def _json(self) -> object:
        try:
            value: object = json.loads(self.content)
        except ValueError as error:
            raise UnexpectedAnswer(f"The answer with the status {self.status} is no JSON.", self.status) from error
        return value


def problem(body: Mapping[str, object], retry_after_seconds: float | None = None) -> Problem:
    """Return the problem of the service as the class of its kind."""
    slug = str(body.get("type")).rpartition("/")[2]
    return BY_SLUG.get(slug, Problem)(body, retry_after_seconds)


def member(value: object, name: str) -> object:
    """Return a member of a JSON object."""
    if not isinstance(value, dict) or name not in value:
        raise UnexpectedAnswer(f"The service's answer has no {name}.")
    return value[name]


def items(value: object, name: str) -> list[object]:
    """Return a list of a JSON object."""
    found = member(value, name)
    if not isinstance(found, list):
        raise UnexpectedAnswer(f"The service's answer has no list of {name}.")
    return found


def next_cursor(page: object, before: str | None) -> str | None:
    """Return the cursor of the page after `page`, which was at `before`; None if it is the last."""
    cursor = page.get("next_cursor") if isinstance(page, dict) else None
    if cursor is None:
        return None
    if not isinstance(cursor, str) or cursor == before:
        raise UnexpectedAnswer("The service's page names no page after itself.")
    return cursor
