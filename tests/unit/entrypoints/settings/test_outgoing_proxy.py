"""Which proxy the environment names for an exchange."""

import pytest

from entrypoints.settings.outgoing_proxy import outgoing_proxy
from entrypoints.settings.settings import load_settings

EXCHANGE = "https://api.kucoin.com"
PROXY = "http://proxy.example:3128"


def named(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({}, EXCHANGE, None),
        ({"HTTPS_PROXY": PROXY}, EXCHANGE, PROXY),
        ({"https_proxy": PROXY}, EXCHANGE, PROXY),
        ({"HTTPS_PROXY": "http://other:1", "https_proxy": PROXY}, EXCHANGE, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, EXCHANGE, None),
        ({"HTTPS_PROXY": "proxy.example:3128"}, EXCHANGE, PROXY),
        ({"HTTPS_PROXY": "https://proxy.example"}, EXCHANGE, "https://proxy.example"),
        ({"HTTP_PROXY": PROXY}, EXCHANGE, None),
        ({"HTTP_PROXY": PROXY}, "http://127.0.0.1:8090/binance", PROXY),
        ({"ALL_PROXY": PROXY}, EXCHANGE, PROXY),
        ({"ALL_PROXY": "socks5://127.0.0.1", "HTTPS_PROXY": PROXY}, EXCHANGE, PROXY),
    ],
)
def test_the_variable_of_the_urls_scheme_names_the_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str | None
) -> None:
    named(monkeypatch, **variables)
    assert outgoing_proxy(url) == proxy


@pytest.mark.parametrize(
    ("exceptions", "url", "is_excepted"),
    [
        ("api.kucoin.com", EXCHANGE, True),
        ("kucoin.com", EXCHANGE, True),
        (".kucoin.com", EXCHANGE, True),
        ("*.kucoin.com", EXCHANGE, True),
        ("KuCoin.com", EXCHANGE, True),
        ("kucoin.com.", EXCHANGE, True),
        ("coin.com", EXCHANGE, False),
        ("www.api.kucoin.com", EXCHANGE, False),
        ("localhost,\tkucoin.com", EXCHANGE, True),
        ("localhost kucoin.com", EXCHANGE, True),
        ("*", EXCHANGE, True),
        (",", EXCHANGE, False),
        ("kucoin.com:443", EXCHANGE, True),
        ("kucoin.com:8443", EXCHANGE, False),
        ("kucoin.com:8443", "https://api.kucoin.com:8443", True),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.1/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.1.2.3:8443", "https://10.1.2.3:8443", True),
        ("10.1.2.3:8443", "https://10.1.2.3", False),
        ("::1", "https://[::1]", True),
        ("[::1]", "https://[::1]", True),
        ("[::1]:443", "https://[::1]", True),
        ("[::1]:444", "https://[::1]", False),
        ("2001:db8::/32", "https://[2001:db8::5]:9", True),
        ("127.0.0.1", "https://localhost", False),
    ],
)
def test_no_proxy_excepts_domains_addresses_networks_and_ports(
    monkeypatch: pytest.MonkeyPatch, exceptions: str, url: str, is_excepted: bool
) -> None:
    named(monkeypatch, HTTPS_PROXY=PROXY, NO_PROXY=exceptions)
    assert outgoing_proxy(url) == (None if is_excepted else PROXY)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("ALL_PROXY", "socks5h://127.0.0.1:1080", "ALL_PROXY: socks5h:// is not supported; name a proxy with http://"),
        ("HTTPS_PROXY", "socks4://127.0.0.1", "HTTPS_PROXY: socks4:// is not supported"),
        ("HTTPS_PROXY", "http://", "HTTPS_PROXY: must be http://HOST:PORT"),
        ("HTTPS_PROXY", "http://h:99999", "HTTPS_PROXY: must be http://HOST:PORT"),
        ("HTTPS_PROXY", "http://u:pa/ss-word@h:1", "HTTPS_PROXY: has '/' in its user or password; write it as %2F"),
        ("HTTPS_PROXY", "http://u:pa@ss-word@h:1", "HTTPS_PROXY: has '@' in its user or password; write it as %40"),
    ],
)
def test_a_proxy_that_cannot_be_used_ends_the_start_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    named(monkeypatch, **{variable: value})
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value).splitlines()[:1] == ["These settings cannot be used:"]
    assert message in str(ended.value)
    assert str(ended.value).count(variable) == 1
    assert "ss-word" not in str(ended.value)


def test_a_proxy_that_no_exchange_needs_may_be_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, HTTP_PROXY="socks5://127.0.0.1:1080", ALL_PROXY="socks5://127.0.0.1:1080", NO_PROXY="*")
    load_settings()
