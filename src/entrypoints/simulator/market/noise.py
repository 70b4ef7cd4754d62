"""Repeatable pseudo-random numbers: the same key always gives the same ones.

Only integers and IEEE additions and multiplications, so that every machine makes the same market from the same seed.
"""

from hashlib import blake2b

_MASK = (1 << 64) - 1


def key_of(*parts: str | int) -> int:
    """Return the key of a random sequence, such as key_of(seed, "BTC")."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def chance(key: int, number: int = 0) -> float:
    """Return the `number`-th value of the key's sequence, uniform over 0 <= value < 1."""
    mixed = (key + (number + 1) * 0x9E3779B97F4A7C15) & _MASK  # splitmix64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53


def wave(key: int, tick: int, period: int) -> float:
    """Return a value from -1 to 1 that moves linearly from one random knot to the next in `period` ticks."""
    knot, along = divmod(tick, period)
    start, end = chance(key, knot), chance(key, knot + 1)
    return 2.0 * (start + (end - start) * along / period) - 1.0
