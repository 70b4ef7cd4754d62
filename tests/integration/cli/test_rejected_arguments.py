"""What `crossrate` rejects before it calls an exchange; run in this process, since nothing starts."""

import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entrypoints.cli.main import add_commands, app

add_commands()

# Nothing listens there: a command that calls an exchange would end with status 3.
NOBODY = {"CROSSRATE_BINANCE_URL": "http://127.0.0.1:1", "CROSSRATE_KUCOIN_URL": "http://127.0.0.1:1"}


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("CROSSRATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def crossrate(*arguments: str, **variables: str) -> Result:
    """Run it, wide enough for its messages to stay on one line."""
    return CliRunner().invoke(app, arguments, env=NOBODY | {"COLUMNS": "200"} | variables)


def is_rejected(result: Result, *words: str, status: int = 2) -> bool:
    """Assert the status and the words, and that the output shows no internals."""
    assert (result.exit_code, result.stdout) == (status, "")
    assert [word for word in words if word not in result.stderr] == [], result.stderr
    assert "Traceback" not in result.stderr
    return True


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("-1", "must be 0 or more"),
        ("-0.5", "must be 0 or more"),
        ("1e19", "must have an exponent from -18 to 18"),
        ("1E+1000000", "must have an exponent from -18 to 18"),
        ("9" * 41, "must have at most 40 characters"),
        *(
            (text, "must be a plain decimal number")
            for text in ("NaN", "Infinity", "1_000", "1,5", "0x10", "１２", " 1", "", "many")
        ),
    ],
)
def test_an_invalid_amount_is_rejected_by_name(amount: str, reason: str) -> None:
    assert is_rejected(crossrate("convert", "--", amount, "BTC", "USDT"), "'amount'", reason)


@pytest.mark.parametrize("ticker", ["", " BTC", "BTC/USDT", "ſol", "ＢＴＣ", "B" * 21])
def test_an_invalid_ticker_is_rejected_by_name(ticker: str) -> None:
    assert is_rejected(crossrate("convert", "1", ticker, "USDT"), "'currency_from'")
    assert is_rejected(crossrate("convert", "1", "BTC", ticker), "'currency_to'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["1", "BTC"], ["Missing argument", "currency_to"]),
        (["1", "BTC", "USDT", "TRX"], ["unexpected extra argument", "TRX"]),
        (["1", "BTC", "USDT", "--rate-type", "best"], ["--rate-type", "best", "mid", "executable"]),
        (["1", "BTC", "USDT", "--rout"], ["No such option", "--rout"]),
        (["-1", "BTC", "USDT"], ["'-1'", "must be 0 or more"]),
        (["-.5", "BTC", "USDT"], ["must be 0 or more"]),
    ],
)
def test_a_wrong_command_line_is_rejected_with_the_reason(arguments: list[str], words: list[str]) -> None:
    assert is_rejected(crossrate("convert", *arguments), *words)


@pytest.mark.parametrize("command", [["ledger", "correct", "x", "--reason", "twice"], ["orders", "show", "ada", "x"]])
def test_an_id_that_is_none_is_rejected_with_an_example(command: list[str]) -> None:
    assert is_rejected(crossrate(*command), "must be an id, such as 4f249068")


@pytest.mark.parametrize("command", [["convert", "1", "BTC", "USDT"], ["serve"]])
def test_invalid_settings_exit_with_2_and_are_named(command: list[str]) -> None:
    wrong = {"CROSSRATE_PORT": "http", "CROSSRATE_EXCHANGES": "binance,mtgox"}
    assert is_rejected(crossrate(*command, **wrong), "CROSSRATE_PORT", "CROSSRATE_EXCHANGES")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "65536"], ["--port", "must be at most 65535"]),
        (["--port", "http"], ["--port", "must be a whole number"]),
        (["--seed", "x"], ["--seed", "must be a whole number"]),
        (["--binance-pairs", "0"], ["1 to 200000 pairs, not 0"]),
        (["--kucoin-pairs", "200001"], ["1 to 200000 pairs, not 200001"]),
        (["--data", "nowhere"], ["nowhere/binance has no exchangeInfo.json"]),
        (["--speed", "2"], ["No such option", "--speed"]),
    ],
    ids=lambda value: value[0] if value[0].startswith("--") else None,
)
def test_impossible_simulated_exchanges_are_rejected(options: list[str], words: list[str]) -> None:
    assert is_rejected(crossrate("simulate", *options), *words)


def test_a_taken_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ("--port", port, "--binance-pairs", "20", "--kucoin-pairs", "20")
        assert is_rejected(crossrate("simulate", *options), f"Cannot listen on 127.0.0.1:{port}", "in use", status=3)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ([], ["serve", "convert", "simulate"]),
        (["convert"], ["--exchange", "--rate-type", "--route", "1 no route", "2 refused input", "3 exchanges"]),
        (["simulate"], ["--host", "--port", "--seed", "--binance-pairs", "--kucoin-pairs", "--weight-times", "--data"]),
        (["serve"], ["CROSSRATE_"]),
    ],
    ids=["crossrate", "convert", "simulate", "serve"],
)
def test_help_lists_every_command_and_option(command: list[str], named: list[str]) -> None:
    result = crossrate(*command, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [word for word in named if word not in result.stdout] == []


def test_without_a_command_the_help_is_shown() -> None:
    result = crossrate()
    assert result.exit_code == 2
    assert "Usage: crossrate" in result.output.replace("root", "crossrate")
