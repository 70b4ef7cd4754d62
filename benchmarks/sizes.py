"""The market size of most figures, about Binance's."""

BINANCE_PAIRS = 3500
