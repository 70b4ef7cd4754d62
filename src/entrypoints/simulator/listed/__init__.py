"""More simulated exchanges, a module each. Nothing else names them: they are found in this folder."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from entrypoints.simulator.venues.listed_exchange import ListedExchange


def listed_exchanges(seed: int, data: Path | None) -> Iterator[ListedExchange]:
    """Make each from the seed, or from its recorded listing in the folder `data`: those without one are left out.

    Raises `UnusableRecording`.
    """
    for module in iter_modules(__path__):
        for made in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(made, type) and issubclass(made, ListedExchange) and made is not ListedExchange:
                exchange = made.of(seed, data)
                if exchange is not None:
                    yield exchange
