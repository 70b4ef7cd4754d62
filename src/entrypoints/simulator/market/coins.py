"""The coins that the simulated market trades: well-known ones, and as many invented ones as it takes."""

from collections.abc import Iterator

# What one unit is worth in US dollars, roughly. The seed moves every price, so these are orders of magnitude.
STABLE_USD: dict[str, float] = {
    "USDT": 1.0, "USDC": 0.9998, "FDUSD": 0.999, "TUSD": 0.9985, "DAI": 0.9997,
    "EUR": 1.08, "TRY": 0.029, "BRL": 0.18, "JPY": 0.0067,
    "USD": 1.0, "GBP": 1.29, "CAD": 0.71, "AUD": 0.65, "CHF": 1.15,
}  # fmt: skip

COIN_USD: dict[str, float] = {
    "BTC": 97000.0, "ETH": 3400.0, "BNB": 640.0, "SOL": 190.0, "XRP": 2.4, "ADA": 0.95, "DOGE": 0.33, "TRX": 0.122,
    "TON": 5.3, "AVAX": 37.0, "LINK": 20.0, "DOT": 6.9, "LTC": 102.0, "BCH": 440.0, "XLM": 0.41, "ATOM": 6.4,
    "UNI": 13.0, "NEAR": 5.1, "APT": 9.0, "ARB": 0.75, "OP": 1.8, "FIL": 5.0, "ETC": 26.0, "ICP": 10.3, "HBAR": 0.29,
    "SHIB": 0.0000218, "PEPE": 0.0000181, "FLOKI": 0.00017, "BONK": 0.000031, "LUNC": 0.00011, "BTTC": 0.00000111,
    "1INCH": 0.38, "1000SATS": 0.00021, "1000CAT": 0.031, "1MBABYDOGE": 0.0031, "T": 0.024, "AAVE": 310.0,
    "MKR": 1600.0, "YFI": 8400.0, "CRV": 0.9, "SNX": 2.1, "COMP": 77.0, "SUSHI": 1.3, "GRT": 0.2, "SAND": 0.55,
    "MANA": 0.47, "AXS": 6.2, "GALA": 0.034, "CHZ": 0.08, "ENJ": 0.21, "ZIL": 0.021, "ALGO": 0.36, "VET": 0.046,
    "THETA": 2.1, "EGLD": 32.0, "XTZ": 1.27, "EOS": 0.78, "NEO": 13.5, "IOTA": 0.3, "QTUM": 3.0, "ZEC": 55.0,
    "DASH": 37.0, "BAT": 0.23, "ZRX": 0.49, "KAVA": 0.45, "RUNE": 4.7, "INJ": 22.0, "SUI": 4.2, "SEI": 0.41,
    "TIA": 4.9, "JUP": 0.83, "WIF": 1.8, "PYTH": 0.36, "STX": 1.5, "IMX": 1.3, "LDO": 1.8, "RENDER": 7.1, "FET": 1.3,
    "JST": 0.038, "WIN": 0.000089, "SUN": 0.018, "CAKE": 2.5, "TWT": 1.1, "WLD": 2.1, "ENS": 33.0, "BLUR": 0.26,
    "MC": 0.21, "BIFI": 350.0, "币安人生": 0.14, "龙": 0.0022, "SRM": 0.03, "ANT": 7.9, "BTS": 0.01, "GTO": 0.02,
    "ACE": 2.3, "KCS": 11.2, "LYXe": 3.1, "SUTER": 0.00042, "PLATO": 0.0003, "CXO": 0.01, "NIGHT": 0.06,
}  # fmt: skip

# Tokens that nobody trades elsewhere: what is asked for one, in USDT, never changes.
FIXED_USDT: dict[str, int] = {"ABAN": 4}

# On KuCoin these tickers are other coins: a route across both exchanges would be wrong by a factor of 100 or more. The
# service knows it of BIFI and MC, and must find it out of ACE.
OTHER_COIN_ON_KUCOIN_USD: dict[str, float] = {"BIFI": 0.35, "MC": 0.0021, "ACE": 0.0018}

# A coin of which another ticker stands for so many.
SCALED: dict[str, tuple[str, int]] = {"SATS": ("1000SATS", 1000), "BTT": ("BTTC", 1)}

ONLY_ON_BINANCE = frozenset({
    "1000SATS", "BNB", "FDUSD", "TRY", "JPY", "TUSD", "币安人生", "SRM", "ANT", "BTS", "GTO", "NIGHT",
})  # fmt: skip
ONLY_ON_KUCOIN = frozenset({"KCS", "SATS", "LYXe", "龙", "SUTER", "PLATO", "CXO"})

_SYLLABLES = [consonant + vowel for consonant in "BDFGHJKLMNPRSTVZ" for vowel in "AEIOU"]


def invented_codes() -> Iterator[str]:
    """Yield tickers such as ZORI that no well-known coin has: first of 4 letters, then of 6, always the same ones."""
    taken = {code.upper() for code in (*COIN_USD, *STABLE_USD)}
    for length, stride in ((2, 3947), (3, 317_321)):
        count = len(_SYLLABLES) ** length
        for position in range(count):
            code = _spelled(position * stride % count, length)
            if code not in taken:
                yield code


def _spelled(number: int, length: int) -> str:
    syllables = []
    for _ in range(length):
        number, digit = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables)
