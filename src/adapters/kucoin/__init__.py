"""KuCoin. `registration.py` is what the entry point leads to."""

NAME = "kucoin"
