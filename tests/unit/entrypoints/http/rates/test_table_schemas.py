"""What a request for a table may ask."""

import pytest

from entrypoints.http.rates.table_schemas import RatesQuery
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.validation import validated


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"rate_type": "depth"}, "rate_type must be 'mid' or 'executable'"),
        ({"symbols": ""}, "symbols must be tickers separated by commas, such as EUR,BTC"),
        ({"symbols": "EUR,,BTC"}, "symbols must be tickers separated by commas, such as EUR,BTC"),
    ],
)
def test_a_wrong_value_is_told_what_to_write(wrong: dict[str, str], detail: str) -> None:
    with pytest.raises(Problem) as problem:
        validated(RatesQuery, {"base": "USDT"} | wrong)
    assert problem.value.detail == detail
