"""KuCoin. The entry point refers to `registration.py`."""

NAME = "kucoin"
