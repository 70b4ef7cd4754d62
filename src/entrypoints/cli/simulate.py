"""`crossrate simulate`."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.output import REFUSED, UNAVAILABLE, stop
from entrypoints.simulator.market.simulated import (
    DEFAULT_BINANCE_PAIRS,
    DEFAULT_HOST,
    DEFAULT_KUCOIN_PAIRS,
    DEFAULT_PORT,
    DEFAULT_SEED,
)


def simulate(  # noqa: PLR0913 -- one for each option
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="The same seed gives the same market.")] = DEFAULT_SEED,
    binance_pairs: Annotated[
        int, typer.Option(metavar="NUMBER", help="Pairs that Binance lists.")
    ] = DEFAULT_BINANCE_PAIRS,
    kucoin_pairs: Annotated[
        int, typer.Option(metavar="NUMBER", help="Pairs that KuCoin lists.")
    ] = DEFAULT_KUCOIN_PAIRS,
    weight_times: Annotated[
        int, typer.Option(metavar="NUMBER", help="Allow so many times the weight of the real rate limits.", min=1)
    ] = 1,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Serve recorded payloads from this folder instead.")
    ] = None,
    replay: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Play this recorded stream to every WebSocket connection.")
    ] = None,
    replay_speed: Annotated[
        float, typer.Option(metavar="NUMBER", help="Play recorded streams so many times as fast.", min=0.001)
    ] = 1.0,
) -> None:
    """Simulate exchanges, Alpha Vantage and the European Central Bank.

    The market is made from a seed, with faults on demand. Prints the settings that point Crossrate at them.

    Exit status: 0 stopped, 2 refused options, 3 address taken.
    """
    # Slow to import: see main.py.
    from entrypoints.simulator.recordings import UnusableRecording  # noqa: PLC0415
    from entrypoints.simulator.serving import CannotServe, run_simulator  # noqa: PLC0415

    try:
        run_simulator(
            host=host,
            port=port,
            seed=seed,
            binance_pairs=binance_pairs,
            kucoin_pairs=kucoin_pairs,
            weight_times=weight_times,
            data=data,
            replays=replay or (),
            replay_speed=replay_speed,
        )
    except CannotServe as error:
        stop(str(error), UNAVAILABLE)
    except (UnusableRecording, ValueError) as error:
        stop(str(error), REFUSED)
