"""The Convert view as HTML: a form that works without script, with the answer or the problem below it.

`static/views/convert.js` draws the same, and goes on from there.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from entrypoints.http.server.access.problems import UNAUTHENTICATED
from entrypoints.http.server.problems import Problem

# What the page asks when its address says nothing.
USUAL = {"from": "BTC", "to": "USDT", "amount": "1", "exchange": "", "rate_type": "mid", "cache_max_seconds": "60"}

# By the names of the API's parameters, in the order of the form.
PARAMETERS = {"from": "currency_from", "to": "currency_to"}

RATE_TYPES = {
    "mid": "Mid: between bid and ask",
    "executable": "Executable: sell at the bid, buy at the ask",
    "depth": "Depth: what this amount would bring",
    "median": "Median of all exchanges",
}
AGES = {"5": "5 seconds", "60": "a minute", "600": "10 minutes", "3600": "an hour", "null": "fetched for this answer"}


# Names that exchanges write in another way than their own lower-case words, as in `static/words.js`.
_NAMES = {"kucoin": "KuCoin", "okx": "OKX", "ecb": "ECB"}


def convert_view(asked: Mapping[str, str], exchanges: Sequence[str], answer: str, result: str = "") -> str:
    """Write the form, filled in with what was asked and its result, and the answer."""
    choices = {"": "Any, in order", "best": "The best"} | {each: _named(each) for each in exchanges}
    return (
        '<div class="convert"><h1 class="unseen">Convert</h1>'
        '<form method="get" action="./" class="ask"><div class="line">'
        f'<div class="pane">{_input("amount", "Amount", asked)}{_input("from", "From", asked)}</div>'
        '<span class="swap" aria-hidden="true">⇄</span>'
        '<div class="pane"><div class="field amount"><label for="wanted">Brings</label>'
        f'<input id="wanted" value="{escape(result)}" readonly></div>{_input("to", "To", asked)}</div></div>'
        f'<div class="choices">{_select("exchange", "Exchange", choices, asked)}'
        f"{_select('cache_max_seconds', 'Oldest price', AGES, asked)}"
        f"{_select('rate_type', 'Rate', RATE_TYPES, asked)}"
        f'<button type="submit">Convert</button></div></form>{answer}</div>'
    )


def answer_html(answer: Mapping[str, Any], amount: str) -> str:
    """Write a conversion, as `ConvertResponse` describes it."""
    source, target = escape(answer["currency_from"]), escape(answer["currency_to"])
    moment = datetime.fromtimestamp(answer["updated_at"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f'<section class="answer" aria-label="Answer"><p class="result"><span>{escape(amount)} {source} =</span> '
        f'<strong class="number">{_grouped(answer["result"])} <small>{target}</small></strong></p>'
        f'<p class="rate">1 {source} = <b class="number">{_grouped(answer["rate"])}</b> {target}</p>'
        f'<p class="moment">{escape(_named(answer["exchange"]))}, prices of {moment}</p></section>'
        f"{_route(answer.get('route'))}"
    )


SIGN_IN = '<a href="account" data-view="account">Sign in</a> to convert here.'


def problem_html(problem: Problem) -> str:
    """Write why there is no conversion, in the API's words; whom the API tells to send a token, signs in here."""
    detail = SIGN_IN if problem.kind is UNAUTHENTICATED else escape(problem.detail)
    return (
        f'<section class="notice problem" role="alert"><h2>{escape(problem.kind.title)}</h2><p>{detail}</p></section>'
    )


def waiting_html() -> str:
    """Write that the answer is on its way."""
    result = '<p class="result"><span>Asking the exchanges …</span></p>'
    return f'<section class="answer" aria-label="Answer">{result}</section>'


def _route(legs: list[dict[str, Any]] | None) -> str:
    rows = "".join(
        f'<li><b>{escape(leg["symbol"])}</b> <span>{leg["side"]} at <b class="number">{leg["price"]}</b></span> '
        f"<span>{escape(leg['exchange'])}</span></li>"
        for leg in legs or ()
    )
    return f'<section class="route"><h2>Route</h2><ol>{rows}</ol></section>' if rows else ""


def _input(name: str, label: str, asked: Mapping[str, str]) -> str:
    kind = ' inputmode="decimal"' if name == "amount" else ' autocapitalize="characters" spellcheck="false"'
    return (
        f'<div class="field {name}"><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" value="{escape(asked[name])}" autocomplete="off" required{kind}></div>'
    )


def _select(name: str, label: str, options: Mapping[str, str], asked: Mapping[str, str]) -> str:
    chosen = asked[name]
    shown = dict(options) if chosen in options else {chosen: chosen, **options}
    items = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in shown.items()
    )
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<select id="{name}" name="{name}">{items}</select></div>'
    )


def _named(exchange: str) -> str:
    return " + ".join(_NAMES.get(each, each.capitalize()) for each in exchange.split("+"))


def _grouped(number: str) -> str:
    whole, point, fraction = number.partition(".")
    return f"{int(whole):,}{point}{fraction}"
