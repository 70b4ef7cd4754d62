"""What the errors say, to those who log them and to those who answer with them."""

from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, FailureReason, NoRoute, UnknownExchange


def failing(exchange: str) -> ExchangeUnavailable:
    return ExchangeUnavailable(exchange, FailureReason.RATE_LIMITED, "HTTP 429")


def test_a_failure_names_its_exchange_its_reason_and_what_was_seen() -> None:
    assert str(failing("binance")) == "binance: rate_limited: HTTP 429"
    assert str(ConversionUnavailable({"binance": failing("binance"), "kucoin": failing("kucoin")}, {})) == (
        "binance: rate_limited: HTTP 429; kucoin: rate_limited: HTTP 429"
    )


def test_an_exchange_that_was_not_taken_in_the_place_of_a_failed_one_is_named_with_the_pairs() -> None:
    error = ConversionUnavailable({"binance": failing("binance")}, {}, {"kucoin": ["BIFI/USDT", "MC/USDT"]})
    assert str(error) == "binance: rate_limited: HTTP 429; kucoin: prices BIFI/USDT, MC/USDT too differently"


def test_two_failures_are_never_equal_however_alike() -> None:
    assert failing("binance") != failing("binance")


def test_no_route_names_both_currencies_and_a_reason_for_each_exchange() -> None:
    error = NoRoute("BTC", "NONE", {"binance": "NONE is not listed"})
    assert str(error) == "no route from BTC to NONE"
    assert error.reasons == {"binance": "NONE is not listed"}


def test_an_unknown_exchange_is_rejected_with_the_supported_ones() -> None:
    error = UnknownExchange("kraken", ["binance", "kucoin"])
    assert str(error) == "is not a supported exchange; the supported ones are: binance, kucoin"
