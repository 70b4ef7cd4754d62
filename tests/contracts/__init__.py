import pytest

pytest.register_assert_rewrite(
    "tests.contracts.call_budget_contract",
    "tests.contracts.claims_contract",
    "tests.contracts.exchange_contract",
    "tests.contracts.market_cache_contract",
    "tests.contracts.quote_source_contract",
    "tests.contracts.wire_exchange_contract",
)
