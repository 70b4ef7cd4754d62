"""URLs are read in one way, and no form of an address inside a network passes for a public one."""

import pytest

from domain.webhooks.errors import InvalidWebhookUrl
from domain.webhooks.url import WebhookUrl, is_public


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM/Path?Query=1", "https://example.com/Path?Query=1"),
        ("https://example.com:8443/hook", "https://example.com:8443/hook"),
        ("https://example.com:443?x", "https://example.com:443?x"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://93.184.215.14/", "https://93.184.215.14/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://example.com./%2e%2e/", "https://example.com./%2e%2e/"),
        ("https://example.com/" + "x" * 2028, "https://example.com/" + "x" * 2028),
    ],
)
def test_a_url_of_the_internet_is_kept_with_its_path(text: str, kept: str) -> None:
    url = WebhookUrl(text)
    url.require_public()
    assert url == kept


@pytest.mark.parametrize("rest", ["", "/", "/hooks/T0KEN", "?token=T0KEN", "/a?b=https://c/d"])
@pytest.mark.parametrize("origin", ["https://example.com", "https://example.com:8443", "https://[2606:4700::1111]"])
def test_its_origin_has_neither_path_nor_query(origin: str, rest: str) -> None:
    assert WebhookUrl(origin + rest).origin == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.com", "https://", "https:///path", "//example.com", "ftp://example.com", "file:///etc/passwd"),
        *("https://user@example.com", "https://user:pass@example.com", "https://example.com#@10.0.0.1/"),
        *("https://example.com#fragment", "https://example.com/a#b", "https://example.com\\@10.0.0.1/"),
        *("https://example.com:0", "https://example.com:65536", "https://example.com:", "https://example.com:0443"),
        *("https://exa mple.com", "https://example.com/a b", "https://example.com/\n", "https://example.com\t"),
        *("https://bücher.example", "https://ｅxample.com", "https://example.com/龙", "https://example。com"),
        *("https://2130706433/", "https://127.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://0177.0.0.1/"),
        *("https://1.2.3.4.5/", "https://example.0x1/", "https://127.0.0.1./", "https://256.1.1.1"),
        *("https://[::1/", "https://[fe80::1%25eth0]/", "https://[::ffff:127.0.0.1%0]/", "https://[1.2.3.4]/"),
        *("https://-example.com", "https://example-.com", "https://a..b", "https://.example.com", "https://_a.com"),
        "https://" + "a" * 64 + ".com",
        "https://example.com/" + "x" * 2029,
    ],
)
def test_what_two_readers_could_read_differently_is_no_url(text: str) -> None:
    with pytest.raises(InvalidWebhookUrl, match=r"must be a URL such as https://example\.com/events"):
        WebhookUrl(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://example.com/", "must begin with https://"),
        ("https://example.com:80/", "must have the port 443 or 8443"),
        ("https://example.com:22/", "must have the port 443 or 8443"),
        ("https://example.com:6379/", "must have the port 443 or 8443"),
        *(
            (f"https://{host}/", "public on the internet")
            for host in (
                *(
                    "localhost",
                    "LOCALHOST",
                    "localhost.",
                    "redis",
                    "postgres",
                    "a.localhost",
                    "metadata.google.internal",
                ),
                *("printer.local", "127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "192.168.0.1", "100.64.0.1"),
                *(
                    "[::1]",
                    "[::]",
                    "[::ffff:10.0.0.1]",
                    "[::ffff:7f00:1]",
                    "[fd00::1]",
                    "[fe80::1]",
                    "[64:ff9b::a00:1]",
                ),
            )
        ),
    ],
)
def test_a_url_inside_a_network_is_refused_when_it_is_given(text: str, reason: str) -> None:
    with pytest.raises(InvalidWebhookUrl, match=reason):
        WebhookUrl(text).require_public()


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:80b::200e"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
        *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:a00:1::", "2001:db8::1", "2002:7f00:1::"),
        *("2002:a00:1::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1"),
        *("ff02::1", "5f00::1", "localhost", "", "1.1.1", "01.1.1.1", "1.1.1.1 "),
    ],
)
def test_all_other_forms_of_addresses_are_not(address: str) -> None:
    assert not is_public(address)
