"""Names of keys: apart where data must not be shared, in one slot where a script needs several."""

import pytest

from adapters.redis.encoding import VERSION
from adapters.redis.keys import key_prefix, without_credentials

SOURCE = "https://api.binance.com"


def test_each_installation_exchange_and_source_has_names_of_its_own() -> None:
    prefixes = {
        key_prefix(installation, exchange, source)
        for installation in ("crossrate", "staging")
        for exchange in ("binance", "kucoin")
        for source in (SOURCE, f"{SOURCE}/")
    }
    assert len(prefixes) == 8


def test_the_version_of_the_format_is_part_of_each_name() -> None:
    assert key_prefix("crossrate", "binance", SOURCE).startswith(f"crossrate:v{VERSION}:")


def test_all_names_of_an_exchange_are_in_one_slot_of_a_cluster() -> None:
    prefix = key_prefix("crossrate", "binance", SOURCE)
    tag = prefix[prefix.index("{") + 1 : prefix.index("}")]  # what Redis hashes
    assert tag.startswith("binance:")
    assert (prefix.count("{"), prefix.count("}")) == (1, 1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.binance.com/x", "https://api.binance.com/x"),
        ("https://ada:pa55w0rd@api.binance.com/x", "https://api.binance.com/x"),
        ("https://ada:p@55@127.0.0.1:8090", "https://127.0.0.1:8090"),
        ("https://ada@[::1]:8090/", "https://[::1]:8090/"),
    ],
)
def test_a_url_is_shown_without_its_credentials(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
