"""An exchange's order limits and fees for one pair."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from domain.decimals import NUMBER

MAX_CHARACTERS = 40
HIGHEST = Decimal("1e30")

# Thousands of pairs share some hundred sets of rules, so this holds them all.
CACHE_SIZE = 4096

_Text = str | None
RuleTexts = tuple[_Text, _Text, _Text, _Text, _Text, _Text, _Text, _Text]


@dataclass(frozen=True, slots=True)
class TradingRules:
    """Order limits and fees; None means that the exchange publishes none.

    Prices are multiples of `tick_size`. Quantities, in units of the base, are multiples of `lot_size` and at least
    `min_quantity`. Price times quantity, in units of the quote, is at least `min_notional`. `maker_fee` and `taker_fee`
    are shares of the notional before any discount: 0.001 is 0.1%. An account's own fee is multiplied by the factors.
    """

    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    min_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    maker_fee_factor: Decimal | None = None
    taker_fee_factor: Decimal | None = None

    @classmethod
    def parse(cls, *texts: object) -> "TradingRules":
        """Parse decimal strings in the order of the fields, at least four; equal ones give the same object.

        Anything that is not a decimal string of a sensible size becomes None, and so do a step of 0 and a negative
        minimum. A negative fee is valid: it is a rebate.
        """
        try:
            return _parsed(texts)
        except TypeError:  # one of them is a list or an object
            return _parsed(tuple(text if isinstance(text, str) else None for text in texts))

    @property
    def texts(self) -> RuleTexts:
        """All fields as decimal strings, in the order that `parse` expects."""
        return (
            _text(self.tick_size),
            _text(self.lot_size),
            _text(self.min_quantity),
            _text(self.min_notional),
            _text(self.maker_fee),
            _text(self.taker_fee),
            _text(self.maker_fee_factor),
            _text(self.taker_fee_factor),
        )


NO_RULES = TradingRules()


@lru_cache(CACHE_SIZE)
def _parsed(texts: tuple[object, ...]) -> TradingRules:
    tick_size, lot_size, min_quantity, min_notional, *fees = map(_number, texts)
    return TradingRules(
        tick_size if tick_size and tick_size > 0 else None,
        lot_size if lot_size and lot_size > 0 else None,
        min_quantity if min_quantity is not None and min_quantity >= 0 else None,
        min_notional if min_notional is not None and min_notional >= 0 else None,
        *fees,
    )


def _number(text: object) -> Decimal | None:
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS or not NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:  # the exponent is out of range
        return None
    return number if -HIGHEST <= number <= HIGHEST else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
