"""What Kraken's errors mean, which come under HTTP 200."""

from collections.abc import Sequence

from adapters.rest.client import Answer, RestClient
from domain.rates.errors import ExchangeUnavailable

# https://docs.kraken.com/exchange/guides/general/errors
_RATE_LIMITED = (
    "EGeneral:Too many requests",
    "EGeneral:Temporary lockout",
    "EAPI:Rate limit exceeded",
    "EService:Throttled",
    "EService: Throttled",
)
_OUT_OF_ORDER = ("EService:", "EGeneral:Internal error")


def failure_of(errors: Sequence[str], client: RestClient, answer: Answer) -> ExchangeUnavailable:
    """Return the failure that these errors in an answer are."""
    if any(error.startswith(_RATE_LIMITED) for error in errors):
        return client.limited(answer)
    detail = f"HTTP 200 with {errors[0][:60]}"
    is_out_of_order = any(error.startswith(_OUT_OF_ORDER) for error in errors)
    return client.out_of_order(detail) if is_out_of_order else client.refused(detail)
