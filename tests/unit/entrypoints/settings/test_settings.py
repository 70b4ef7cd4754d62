"""The settings, and that their documentation is true."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings.sources import EnvSettingsSource

from entrypoints.settings.reference import example_file, written
from entrypoints.settings.settings import Settings, load_settings
from tests.integration.documentation.settings_page import EXAMPLE, PAGE, settings_page
from tests.project import ROOT

PREFIX = "CROSSRATE_"
PASSWORD = "pa55w0rd"  # noqa: S105 -- made up, to be looked for in messages

FIXED_NAMES = {
    "HOST", "PORT", "REDIS_URL", "EXCHANGES", "BINANCE_URL", "KUCOIN_URL", "LOG_LEVEL", "LOG_FORMAT", "WORKERS"
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env is
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def defaults() -> dict[str, str]:
    """Return each variable and its default, as the environment would have it."""
    return {PREFIX + name.upper(): written(field.default) for name, field in Settings.model_fields.items()}


def test_the_names_that_the_product_promises_are_there() -> None:
    assert {name.upper() for name in Settings.model_fields} >= FIXED_NAMES


def test_the_example_file_holds_every_setting_with_its_default_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^#(\w+)=(.*)$", example, re.MULTILINE) == list(defaults().items())
    assert not re.findall(r"^[^#\n]", example, re.MULTILINE)  # copied as it is, it changes nothing


def test_the_example_file_explains_each_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    for name in defaults():
        assert re.search(rf"^# .+\n#{name}=", example, re.MULTILINE), name


def test_the_settings_page_and_the_example_file_are_what_make_docs_writes() -> None:
    assert PAGE.read_text() == settings_page()
    assert EXAMPLE.read_text() == example_file()


def test_the_settings_page_holds_every_setting_with_its_default_and_no_other() -> None:
    rows = re.findall(r"^\| `(CROSSRATE_\w+)` \| (.*?) ?\| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert [(name, default.strip("`")) for name, default, _ in rows] == list(defaults().items())
    assert all(explanation.strip() for _, _, explanation in rows)


def test_the_settings_page_and_the_example_file_have_the_descriptions_of_the_settings() -> None:
    page, example = PAGE.read_text(), (ROOT / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        assert field.description
        meaning = field.description.rstrip(".")
        assert meaning in page, name
        assert meaning in example, name


def test_a_default_that_is_written_out_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Settings()
    for name, default in defaults().items():
        monkeypatch.setenv(name, default)
    assert Settings() == plain


def test_no_setting_is_looked_up_where_no_variable_is_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []
    monkeypatch.setattr(EnvSettingsSource, "get_field_value", lambda _, __, name: looked_up.append(name))
    monkeypatch.setenv("CROSSRATE_TEST_PORT", "1")
    assert load_settings().port == Settings.model_fields["port"].default
    assert not looked_up


def test_settings_come_from_the_environment_before_the_file_before_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CROSSRATE_PORT=1111\nCROSSRATE_MAX_LEGS=2\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("CROSSRATE_PORT", "2222")
    settings = load_settings()
    assert (settings.port, settings.max_legs, settings.host) == (2222, 2, "127.0.0.1")


@pytest.mark.parametrize("text", ["binance,kucoin", " Binance , KUCOIN ", "binance,kucoin,"])
def test_exchanges_are_written_with_commas_between(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CROSSRATE_EXCHANGES", text)
    assert load_settings().exchanges == ("binance", "kucoin")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [("btc/usd, ETH/USDT", ("BTC/USD", "ETH/USDT")), ("none", ()), (",", ())],
)
def test_pairs_are_written_with_commas_between(
    monkeypatch: pytest.MonkeyPatch, text: str, pairs: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CROSSRATE_QUOTE_PAIRS", text)
    assert load_settings().quote_pairs == pairs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("EXCHANGES", "binance,nobody"),
        ("EXCHANGES", "binance,binance"),
        ("EXCHANGES", ","),
        ("BINANCE_URL", "data-api.binance.vision"),
        ("KUCOIN_URL", "ftp://x"),
        ("REDIS_URL", f"http://:{PASSWORD}@x"),
        ("REDIS_URL", f"redis://:{PASSWORD}@x:port/0"),
        ("REDIS_URL", f"redis://:{PASSWORD}@x:65536/0"),
        ("REDIS_URL", f"redis://:{PASSWORD}/with-a-slash@x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///file?mode=ro"),
        ("DATABASE_URL", "data/crossrate.db"),
        ("DATABASE_URL", f"mysql://x:{PASSWORD}@x/x"),
        ("DATABASE_URL", f"postgresql://x:{PASSWORD}@x"),
        ("DATABASE_URL", f"postgresql://x:{PASSWORD}@x:port/x"),
        ("DATABASE_URL", f"postgresql://x:{PASSWORD}@x/x?sslmode=always"),
        ("DATABASE_URL", f"postgresql://x:{PASSWORD}@x/x?connect_timeout=1"),
        ("DATABASE_CA_FILE", "/nowhere.pem"),
        ("DATABASE_SSLMODE", "on"),
        ("REDIS_URL", f"redis://:{PASSWORD}@x/abc"),
        ("REDIS_URL", "redis:///0"),
        ("REDIS_PREFIX", "two words"),
        ("ENVIRONMENT", "test"),
        ("JWT_SECRET", "31 bytes are not quite enough.."),
        ("REQUIRE_AUTH", "maybe"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.256"),
        ("TRUSTED_PROXIES", "http://proxy.example"),
        ("TRUSTED_PROXIES", "proxy.example:80"),
        ("RATE_LIMIT_CONVERT", "0/minute"),
        ("RATE_LIMIT_AUTHENTICATE", "30 per minute"),
        ("RATE_LIMIT_ACCOUNT", "30/month"),
        ("CONNECT_TIMEOUT_SECONDS", "0"),
        ("ATTEMPT_TIMEOUT_SECONDS", "nan"),
        ("ATTEMPT_TIMEOUT_SECONDS", "61"),
        ("MAX_LEGS", "4"),
        ("LISTING_MAX_AGE_SECONDS", "inf"),
        ("QUOTE_PAIRS", "BTC"),
        ("QUOTE_PAIRS", "BTC/USD,btc/usd"),
        ("QUOTE_PAIRS", ",".join(f"A{number}/USD" for number in range(51))),
        ("ALPHAVANTAGE_URL", "alphavantage.co"),
        ("ALPHAVANTAGE_DAILY_CALLS", "-1"),
        ("JOBS_PORT", "65536"),
        ("JOB_TIMEOUT_SECONDS", "0"),
        ("RATE_LIMIT_QUOTES", "many"),
        ("SYNC_INTERVAL_SECONDS", "0.49"),
        ("SYNC_INTERVAL_SECONDS", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_process_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings()
    printed = str(ended.value)
    assert printed.splitlines()[0] == "These settings cannot be used:"
    assert [line.split(":")[0].strip() for line in printed.splitlines()[1:]] == [PREFIX + name]
    assert PASSWORD not in printed


def test_every_setting_that_cannot_be_used_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_PORT", "x")
    monkeypatch.setenv("CROSSRATE_MAX_LEGS", "0")
    with pytest.raises(SystemExit, match=r"(?s)CROSSRATE_PORT.*CROSSRATE_MAX_LEGS"):
        load_settings()


def test_the_password_of_redis_is_not_shown_with_the_settings() -> None:
    settings = Settings(_env_file=None, redis_url=SecretStr(f"redis://:{PASSWORD}@x"))
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in settings.model_dump_json()


def test_the_password_of_the_database_is_not_shown_with_the_settings() -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(f"postgresql://x:{PASSWORD}@x/x"))
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("url", "is_embedded"),
    [
        ("sqlite:///data/crossrate.db", True),
        ("sqlite:////var/lib/crossrate.db", True),
        ("postgresql://u:p@db:5432/crossrate", False),
        ("postgres://u@db/crossrate", False),
    ],
)
def test_only_a_file_is_the_services_own_to_look_after(url: str, is_embedded: bool) -> None:
    assert Settings(_env_file=None, database_url=SecretStr(url)).has_embedded_database == is_embedded


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None).port = 1  # type: ignore[misc]  # that it is frozen is what is tested


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost/0?bogus=1",
        "redis://localhost/0?decode_responses=true",
        "redis://localhost/0?socket_timeout=zz",
        "redis://localhost/0?max_connections=",
        "redis://[bad",
    ],
)
def test_an_option_in_the_redis_url_that_could_undo_ours_is_rejected(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CROSSRATE_REDIS_URL", url)
    with pytest.raises(SystemExit, match="CROSSRATE_REDIS_URL: m"):
        load_settings()


@pytest.mark.parametrize("seconds", ["0", "0.5", "3600"])
def test_markets_are_fetched_twice_a_second_at_most_or_only_on_request(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("CROSSRATE_SYNC_INTERVAL_SECONDS", seconds)
    assert load_settings().sync_interval_seconds == float(seconds)


def test_an_interval_that_is_too_short_is_rejected_with_the_shortest_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CROSSRATE_SYNC_INTERVAL_SECONDS", "0.1")
    with pytest.raises(SystemExit, match=r"CROSSRATE_SYNC_INTERVAL_SECONDS: must be 0\.5 or more, or 0"):
        load_settings()


def test_the_options_of_tls_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "rediss://localhost/0?ssl_cert_reqs=none"
    monkeypatch.setenv("CROSSRATE_REDIS_URL", url)
    assert load_settings().redis_url == SecretStr(url)


def test_a_variable_that_is_no_setting_is_named_and_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("CROSSRATE_HOTS=0.0.0.0\nCROSSRATE_PORT=1111\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("CROSSRATE_PROT", "81")
    assert load_settings().port == 1111
    printed = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in printed] == ["CROSSRATE_HOTS", "CROSSRATE_PROT"]


def test_a_file_in_another_encoding_is_rejected_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CROSSRATE_HOST=\xff\xfe")
    with pytest.raises(SystemExit, match="UTF-8"):
        load_settings()


def test_service_links_of_an_orchestrator_are_ignored_with_one_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("CROSSRATE_PORT=1111\n")
    links = {
        "PORT": "tcp://10.43.0.1:8080",
        "SERVICE_HOST": "10.43.0.1",
        "SERVICE_PORT": "8080",
        "SERVICE_PORT_HTTP": "8080",
        "PORT_8080_TCP": "tcp://10.43.0.1:8080",
        "PORT_8080_TCP_ADDR": "10.43.0.1",
        "API_PORT_8080_TCP_PROTO": "tcp",
        "WORKERS": "udp://[2001:db8::1]:53",
    }
    for name, value in links.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = load_settings()
    assert (settings.port, settings.workers) == (1111, 2)
    printed = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in printed] == ["CROSSRATE_PORT", "CROSSRATE_PORT_8080_TCP", "CROSSRATE_WORKERS"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "http", "must be a whole number, not 'http'"),
        ("PORT", "65536", "must be at most 65535, not '65536'"),
        ("MAX_SPREAD_PERCENT", "x", "must be a number, not 'x'"),
        ("REQUIRE_AUTH", "maybe", "must be true or false, not 'maybe'"),
        ("LOG_LEVEL", "warn", "'warning' or 'error', not 'warn'; did you mean warning?"),
        ("LOG_LEVEL", "INFO", "not 'INFO'; did you mean info?"),
        (
            "EXCHANGES",
            "binanse",
            "is not an installed exchange; did you mean binance? Installed: binance, bybit, coinbase, kraken, kucoin",
        ),
        ("EXCHANGES", "ccxt:mexcc", "mexcc is not an exchange that ccxt knows; did you mean mexc?"),
        ("EXCHANGES", "ccxt:", "nothing is not an exchange that ccxt knows."),
        (
            "EXCHANGES",
            "mtgox",
            "mtgox is not an installed exchange. Installed: binance, bybit, coinbase, kraken, kucoin, okx",
        ),
        ("KUCOIN_URL", "api.kucoin.com", "must be a URL such as https://api.example.org"),
        ("RATE_LIMIT_CONVERT", "100/min", "such as 100/minute, or off; did you mean 100/minute?"),
        ("RATE_LIMIT_CONVERT", "5 per hour", "did you mean 5/hour?"),
        ("RATE_LIMIT_CONVERT", "60/Minutes", "did you mean 60/minute?"),
        ("RATE_LIMIT_CONVERT", "0/day", "the number must be from 1 to 999999"),
        ("RATE_LIMIT_CONVERT", "OFF", "did you mean off?"),
        ("RATE_LIMIT_CONVERT", "lots", "such as 100/minute, or off"),
        ("REDIS_PREFIX", "two words", "must have 1 to 64 of A-Z a-z 0-9 . _ : -"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/33 is no address, network or host, such as 10.0.0.5"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.1/8 is an address within a network; did you mean 10.0.0.0/8?"),
    ],
)
def test_the_message_says_what_to_write_instead(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SystemExit, match=re.escape(message)):
        load_settings()


def test_no_setting_is_refused_in_words_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(PREFIX + name.upper(), "\x01?")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    message = str(ended.value)
    assert message.count("\n") > len(Settings.model_fields) / 2
    for word in ("Input should", "valid integer", "String should", "pattern", "unable to parse"):
        assert word not in message


def test_a_secret_that_cannot_be_used_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_JWT_SECRET", PASSWORD)
    monkeypatch.setenv("CROSSRATE_KUCOIN_URL", f"//u:{PASSWORD}@x")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert PASSWORD not in str(ended.value)


def test_a_wrong_setting_is_named_with_its_line_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\n# a comment\nexport CROSSRATE_PORT=http\n\nCROSSRATE_WORKERS=0\n")
    monkeypatch.setenv("CROSSRATE_WORKERS", "-1")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value).splitlines()[1:] == [
        "  CROSSRATE_PORT (.env line 3): must be a whole number, not 'http'",
        "  CROSSRATE_WORKERS: must be 1 or more, not '-1'",
    ]


def test_the_nearest_setting_is_named_where_a_variable_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("EXCHANGE", "PROT", "DATABASEURL", "COLOUR_OF_THE_SKY"):
        monkeypatch.setenv(PREFIX + name, "1")
    load_settings()
    assert capsys.readouterr().err.splitlines() == [
        "CROSSRATE_COLOUR_OF_THE_SKY is not a setting of Crossrate and is ignored.",
        "CROSSRATE_DATABASEURL is not a setting of Crossrate and is ignored; did you mean CROSSRATE_DATABASE_URL?",
        "CROSSRATE_EXCHANGE is not a setting of Crossrate and is ignored; did you mean CROSSRATE_EXCHANGES?",
        "CROSSRATE_PROT is not a setting of Crossrate and is ignored; did you mean CROSSRATE_PORT?",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("page.md", "page.md is no SQLite database"),
        ("page.md/x.db", "page.md is no folder"),
        ("folder", "folder is a folder; name a file in it"),
    ],
)
def test_what_is_no_database_nor_room_for_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, told: str
) -> None:
    (tmp_path / "page.md").write_text("# A page")
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("CROSSRATE_DATABASE_URL", f"sqlite:///{name}")
    with pytest.raises(SystemExit, match=re.escape(told)):
        load_settings()


@pytest.mark.parametrize("begin", [b"", b"SQLite format 3\x00and more"])
def test_a_database_and_an_empty_file_are_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begin: bytes) -> None:
    (tmp_path / "x.db").write_bytes(begin)
    monkeypatch.setenv("CROSSRATE_DATABASE_URL", "sqlite:///x.db")
    assert load_settings().embedded_database_file == Path("x.db")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FEEDS", "off", "CROSSRATE_FEEDS: must be on for coinbase, whose prices come by its stream alone"),
        ("SYNC_INTERVAL_SECONDS", "0", "CROSSRATE_FEEDS: CROSSRATE_SYNC_INTERVAL_SECONDS must be above 0 for coinbase"),
    ],
)
def test_an_exchange_whose_prices_come_by_its_stream_alone_needs_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv("CROSSRATE_EXCHANGES", "binance,coinbase")
    assert load_settings().streamed_exchanges == ("binance", "coinbase")
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SystemExit, match=re.escape(message)):
        load_settings()
