"""`crossrate simulate`."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.output import REFUSED, stop
from entrypoints.simulator import serving
from entrypoints.simulator.market.simulated import DEFAULT_BINANCE_PAIRS, DEFAULT_KUCOIN_PAIRS, DEFAULT_SEED
from entrypoints.simulator.venues.recorded import UnusableRecording


def simulate(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = serving.DEFAULT_HOST,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = (
        serving.DEFAULT_PORT
    ),
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = DEFAULT_SEED,
    binance_pairs: Annotated[int, typer.Option(help="Pairs that Binance lists.")] = DEFAULT_BINANCE_PAIRS,
    kucoin_pairs: Annotated[int, typer.Option(help="Pairs that KuCoin lists.")] = DEFAULT_KUCOIN_PAIRS,
    data: Annotated[Path | None, typer.Option(help="Serve recorded payloads from this folder instead.")] = None,
) -> None:
    """Simulate Binance, KuCoin and Alpha Vantage, with a market made from a seed and faults on demand."""
    try:
        serving.run_simulator(
            host=host, port=port, seed=seed, binance_pairs=binance_pairs, kucoin_pairs=kucoin_pairs, data=data
        )
    except (serving.CannotServe, UnusableRecording, ValueError) as error:
        stop(str(error), REFUSED)
