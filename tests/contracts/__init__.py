import pytest

pytest.register_assert_rewrite(
    "tests.contracts.exchange_contract",
    "tests.contracts.fetch_lock_contract",
    "tests.contracts.job_queue_contract",
    "tests.contracts.market_cache_contract",
    "tests.contracts.meter_contract",
    "tests.contracts.quote_source_contract",
    "tests.contracts.wire_exchange_contract",
)
