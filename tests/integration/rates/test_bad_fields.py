"""Other invalid fields, and fields that are missing, misspelt, unknown or repeated."""

import pytest

from tests.integration.problems import is_problem
from tests.integration.rejections import WELL_FORMED, document, is_rejected_body, is_rejected_query, query
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

BAD_FIELDS = [
    ("exchange", '"kraken"'),
    ("exchange", '""'),
    ("exchange", '"binance "'),
    ("exchange", '"ＢＩＮＡＮＣＥ"'),
    ("exchange", '"kucoın"'),
    ("exchange", '"binance,kucoin"'),
    ("exchange", f'"{"k" * 2000}"'),
    ("cache_max_seconds", "-1"),
    ("cache_max_seconds", "1.5"),
    ("cache_max_seconds", "1e300"),
    ("cache_max_seconds", "1e400"),
    ("cache_max_seconds", '"soon"'),
    ("cache_max_seconds", '""'),
    ("cache_max_seconds", "true"),
    ("cache_max_seconds", "2147483648"),
    ("cache_max_seconds", "9" * 2000),
    ("cache_max_seconds", "[]"),
    ("cache_max_seconds", "{}"),
    ("rate_type", '"best"'),
    ("rate_type", '"MID"'),
    ("rate_type", '""'),
    ("rate_type", "1"),
    ("include_route", '"yes"'),
    ("include_route", '"True"'),
    ("include_route", "1"),
    ("include_route", "[]"),
]
BAD_IN_A_BODY_ONLY = [
    ("exchange", "5"),
    ("exchange", "[]"),
    ("exchange", '["binance"]'),
    ("cache_max_seconds", '"10"'),
    ("rate_type", "null"),
    ("include_route", '"true"'),
    ("include_route", "null"),
]


def name_of(fragment: str) -> str:
    return fragment if len(fragment) < 30 else f"{fragment[:6]}...of_{len(fragment)}"


@pytest.mark.parametrize(("field", "fragment"), BAD_FIELDS + BAD_IN_A_BODY_ONLY, ids=name_of)
async def test_an_invalid_field_in_a_body_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, field: str, fragment: str
) -> None:
    assert await is_rejected_body(warm_service, exchanges, document(**{field: fragment}), 422, field)


@pytest.mark.parametrize(("field", "fragment"), BAD_FIELDS, ids=name_of)
async def test_an_invalid_field_in_a_query_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, field: str, fragment: str
) -> None:
    assert await is_rejected_query(warm_service, exchanges, query(**{field: fragment}), 422, field)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("kraken", ""), ("bestt", "; did you mean best?"), ("binanse", "; did you mean binance?")],
)
async def test_an_unknown_exchange_is_rejected_with_the_supported_names(
    warm_service: Service, name: str, meant: str
) -> None:
    answer = await warm_service.convert(exchange=name)
    assert is_problem(answer, 422, "exchange")
    assert answer.json["errors"][0]["detail"].endswith(f"the supported ones are: binance, kucoin, best{meant}")


async def test_no_batch_is_told_of_the_best_exchange_which_is_for_single_conversions(warm_service: Service) -> None:
    batch = {"conversions": [{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "exchange": "bestt"}]}
    answer = await warm_service.ask("POST", "/api/v1/convert/batch", json=batch)
    detail = answer.json["conversions"][0]["problem"]["errors"][0]["detail"]
    assert detail.endswith("the supported ones are: binance, kucoin")


@pytest.mark.parametrize("missing", ["currency_from", "currency_to", "amount"])
async def test_a_missing_field_is_named(warm_service: Service, exchanges: SimulatedExchanges, missing: str) -> None:
    rest = {name: fragment for name, fragment in WELL_FORMED.items() if name != missing}
    body = "{" + ", ".join(f'"{name}": {fragment}' for name, fragment in rest.items()) + "}"
    assert await is_rejected_body(warm_service, exchanges, body.encode(), 422, missing)
    pairs = [pair for pair in query() if pair[0] != missing]
    assert await is_rejected_query(warm_service, exchanges, pairs, 422, missing)


@pytest.mark.parametrize("extra", ["x", "Amount", "user_id", "__proto__", "rate", "币", ""])
async def test_an_unknown_field_is_named(warm_service: Service, exchanges: SimulatedExchanges, extra: str) -> None:
    assert await is_rejected_body(warm_service, exchanges, document(**{extra: "1"}), 422, extra)
    assert await is_rejected_query(warm_service, exchanges, [*query(), (extra, "1")], 422, extra)


async def test_a_misspelt_field_is_both_missing_and_unknown(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    body = b'{"curency_from": "BTC", "currency_to": "USDT", "amount": 1}'
    assert await is_rejected_body(warm_service, exchanges, body, 422, "currency_from", "curency_from")
    pairs = [("curency_from", "BTC"), ("currency_to", "USDT"), ("amount", "1")]
    assert await is_rejected_query(warm_service, exchanges, pairs, 422, "currency_from", "curency_from")


@pytest.mark.parametrize("repeated", [("amount", "1"), ("amount", "2"), ("currency_to", "ETH"), ("exchange", "kucoin")])
async def test_a_repeated_parameter_is_named(
    warm_service: Service, exchanges: SimulatedExchanges, repeated: tuple[str, str]
) -> None:
    pairs = [*query(exchange='"binance"'), repeated]
    assert await is_rejected_query(warm_service, exchanges, pairs, 422, repeated[0])


async def test_many_unknown_parameters_are_named_and_very_many_only_counted(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    unknown = [f"x{number}" for number in range(12)]
    pairs = [*query(), *((name, "1") for name in unknown)]
    assert await is_rejected_query(warm_service, exchanges, pairs, 422, *unknown)
    assert await is_rejected_query(warm_service, exchanges, [*pairs, ("y", "1")], 422, "")


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        ("/api/v1/convert", "amount", "belongs in the body: this request takes no parameters"),
        ("/api/convert", "x", "is not a parameter of this request, which takes none"),
        ("/api/v1/convert/batch", "include_route", "belongs in the body: this request takes no parameters"),
    ],
)
async def test_a_parameter_of_a_request_that_takes_none_is_named(
    warm_service: Service, path: str, parameter: str, detail: str
) -> None:
    answer = await warm_service.ask("POST", f"{path}?{parameter}=1", json={"conversions": []})
    assert is_problem(answer, 422, parameter)
    assert answer.json["errors"][0]["detail"] == detail


async def test_probes_may_have_any_parameter(warm_service: Service) -> None:
    assert (await warm_service.ask("GET", "/health/live?at=1")).status == 200


async def test_a_query_that_is_not_utf_8_is_rejected(warm_service: Service, exchanges: SimulatedExchanges) -> None:
    answer = await warm_service.ask("GET", "/api/v1/convert?currency_from=%ff%fe&currency_to=USDT&amount=1")
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "currency_from"
    assert await exchanges.all_calls() == 0


@pytest.mark.parametrize("query_string", ["", "?", "?&&&", "?="])
async def test_an_empty_query_names_every_missing_field(warm_service: Service, query_string: str) -> None:
    answer = await warm_service.ask("GET", f"/api/v1/convert{query_string}")
    assert answer.status == 422
    named = [error["field"] for error in answer.json["errors"]]
    assert named[:3] == ["currency_from", "currency_to", "amount"]
