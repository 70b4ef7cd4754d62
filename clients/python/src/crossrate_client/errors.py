"""What calls raise. The problems of the service by name are in `problems.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class CrossrateError(Exception):
    """Whatever a call of this package raises, but for wrong arguments.

    `idempotency_key` is the key of the call that failed, if it had one: repeat the call with it, and its effect happens
    once, whatever has become of the first.
    """

    idempotency_key: str | None = None


class ServiceUnreachable(CrossrateError):
    """No answer: the connection failed, or broke, as often as it was tried."""


class DeadlineExceeded(CrossrateError):
    """The call took longer than its `timeout_seconds` allow in all, with every repetition."""


class UnexpectedAnswer(CrossrateError):
    """An answer that is none of the service's: from a proxy in between, or from something else at that address."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    detail: str


class Problem(CrossrateError):
    """An answer of the service that says why not (RFC 9457). Each kind has a class of its own in `problems.py`."""

    def __init__(self, body: Mapping[str, object], retry_after_seconds: float | None = None) -> None:
        self.body = dict(body)  # all of it; what most problems have is named below
        self.type = _text(body, "type")
        self.slug = self.type.rpartition("/")[2]
        self.title = _text(body, "title")
        self.detail = _text(body, "detail")
        self.request_id = _text(body, "request_id")
        status = body.get("status")
        self.status = status if isinstance(status, int) else 0
        self.field_errors = tuple(
            FieldError(_text(each, "field"), _text(each, "detail"))
            for each in _items(body.get("errors"))
            if isinstance(each, Mapping)
        )
        self.reasons = _texts(body.get("reasons"))
        self.failures = _texts(body.get("failures"))
        self.diverging = {
            name: tuple(str(each) for each in _items(found)) for name, found in _members(body.get("diverging")).items()
        }
        own = body.get("retry_after_seconds")
        self.retry_after_seconds = float(own) if isinstance(own, int | float) else retry_after_seconds
        super().__init__(self._message())

    def _message(self) -> str:
        fields = "".join(f" {error.field}: {error.detail}." for error in self.field_errors)
        return f"{self.detail or self.title}{fields}"


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _members(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {name: str(text) for name, text in _members(value).items()}
