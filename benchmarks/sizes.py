"""The size of the market that most figures are measured on: about Binance's."""

BINANCE_PAIRS = 3500
