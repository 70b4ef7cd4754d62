from datetime import date
from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.pair import Side
from domain.rates.bank_days import missed_at
from domain.rates.book import RateType
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates
from domain.rates.route import Route
from tests.unit.domain.rates.publications import RATES, TUESDAY, WEDNESDAY, publication

EUR, GBP, USD = Currency("EUR"), Currency("GBP"), Currency("USD")


def test_rates_are_the_exact_digits() -> None:
    rates = publication(USD="1.09720", JPY="146.890000000000001")
    assert str(rates.per_euro[USD]) == "1.09720"
    assert str(rates.per_euro[Currency("JPY")]) == "146.890000000000001"


def test_the_euro_is_one_of_the_currencies() -> None:
    rates = publication()
    assert EUR in rates
    assert USD in rates
    assert "BTC" not in rates
    assert rates.currencies[:3] == ("AUD", "BGN", "BRL")
    assert len(rates.currencies) == len(RATES) + 1


@pytest.mark.parametrize(
    "rate", ["", "0", "-1", "1,0972", "1e400", "NaN", "Infinity", "1_000", " 1", "1.0.1", "1" * 21, "0.0000001", "1e9"]
)
def test_what_is_no_sane_rate_is_rejected(rate: str) -> None:
    with pytest.raises(InvalidReferenceRates, match="the rate of USD is not a number within bounds"):
        publication(USD=rate)


@pytest.mark.parametrize(
    "day", ["2023-04-32", "18.04.2023", "", "2023-4-18", "20230418", "2023-04-22", "2023-04-07", "2023-W16-2"]
)
def test_a_day_on_which_nothing_is_published_is_rejected(day: str) -> None:
    with pytest.raises(InvalidReferenceRates, match=r"not a date|publishes nothing on"):
        ReferenceRates.parse("ecb", day, RATES)


def test_a_publication_with_few_rates_is_rejected() -> None:
    few = dict(list(RATES.items())[:14])
    with pytest.raises(InvalidReferenceRates, match="has 14 rates"):
        ReferenceRates.parse("ecb", "2023-04-18", few)


def test_codes_that_no_state_has_are_left_out() -> None:
    assert "BTC" not in publication(BTC="0.00003", USDT="1.09").per_euro


def test_a_publication_that_has_a_rate_of_the_euro_is_rejected() -> None:
    with pytest.raises(InvalidReferenceRates):
        publication(EUR="1")


def test_a_currency_or_two_may_leave() -> None:
    publication(WEDNESDAY, BGN=None, TRY=None).check_follows(publication())


def test_a_publication_that_lost_three_currencies_is_rejected() -> None:
    with pytest.raises(InvalidReferenceRates, match="lacks 3 currencies of 2023-04-18: BGN, GBP, TRY"):
        publication(WEDNESDAY, BGN=None, TRY=None, GBP=None).check_follows(publication())


@pytest.mark.parametrize("rate", ["1.9072", "0.5486", "10.972"])
def test_a_currency_that_moved_absurdly_is_rejected(rate: str) -> None:
    with pytest.raises(InvalidReferenceRates, match="moved too far since 2023-04-18: USD"):
        publication(WEDNESDAY, USD=rate).check_follows(publication())


def test_the_worst_day_of_ten_years_is_accepted() -> None:
    publication(WEDNESDAY, TRY="15.6").check_follows(publication())  # the lira on 21 December 2021


def test_many_currencies_that_moved_far_together_are_rejected() -> None:
    moved = {code: str(Decimal(rate) * Decimal("1.2")) for code, rate in list(RATES.items())[:6]}
    with pytest.raises(InvalidReferenceRates, match="6 currencies"):
        publication(WEDNESDAY, **moved).check_follows(publication())


def test_after_two_weeks_anything_may_have_happened() -> None:
    publication(date(2023, 5, 2), USD="3", GBP=None, TRY=None, BGN=None).check_follows(publication())


def test_rates_are_overdue_only_once_newer_ones_were_missed() -> None:
    rates = publication()
    assert rates.overdue_seconds(missed_at(TUESDAY)) == 0
    assert rates.overdue_seconds(missed_at(TUESDAY) + 90) == 90


def test_a_rate_between_two_currencies_goes_through_the_euro() -> None:
    route = Route.at_bank(publication(), GBP, USD)
    first, second = route.legs
    assert (first.symbol, first.side, first.price(RateType.MID)) == ("EUR/GBP", Side.BUY, Decimal("0.88143"))
    assert (second.symbol, second.side, second.price(RateType.EXECUTABLE)) == ("EUR/USD", Side.SELL, Decimal("1.0972"))
    assert route.rate(RateType.MID) == Decimal("1.24479538931")  # 1.0972 / 0.88143, to 12 digits


@pytest.mark.parametrize(
    ("sold", "bought", "rate"), [("EUR", "USD", "1.0972"), ("USD", "EUR", "0.911410864017"), ("USD", "USD", "1")]
)
def test_a_rate_of_the_euro_is_the_published_one_or_its_inverse(sold: str, bought: str, rate: str) -> None:
    route = Route.at_bank(publication(), Currency(sold), Currency(bought))
    assert route.rate(RateType.EXECUTABLE) == Decimal(rate)
    assert (route.exchange, route.observed_at) == ("ecb", publication().published_at)
    assert not route.uses_second_name
