"""The simulated venue: the broker of whoever has no account at an exchange."""

NAME = "simulated"
