"""The European Central Bank's reference rates."""

NAME = "ecb"
