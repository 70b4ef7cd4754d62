"""Binance. The entry point refers to `registration.py`."""

NAME = "binance"
