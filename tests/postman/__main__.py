"""Write the Postman collection to a file, or run it: `python -m tests.postman FILE`, `python -m tests.postman run`."""

import asyncio
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from entrypoints.http.openapi.document import openapi_document
from tests.postman.collection import collection
from tests.servers.service import running_crossrate

HERE = Path(__file__).parent

# A run takes 10 s on an idle machine, and CI has others beside it; whatever hangs fails it.
LONGEST_SECONDS, LONGEST_REQUEST_SECONDS = 300, 30


def write(file: Path) -> None:
    """Write the collection of a service with the default exchanges."""
    file.write_bytes(
        orjson.dumps(collection(openapi_document(("binance", "kucoin", "ecb"))), option=orjson.OPT_INDENT_2)
    )


async def run() -> int:
    """Run every request of the collection against a service over simulated exchanges; return newman's status."""
    newman = HERE / "node_modules/.bin/newman"
    if not newman.exists():
        sys.stdout.write("SKIPPED: newman is not installed; `make postman.test` installs it by npm.\n")
        return 0
    with TemporaryDirectory() as folder:
        file = Path(folder, "collection.json")
        write(file)
        limits = dict.fromkeys(("authenticate", "account", "credentials"), "off")
        settings = {f"rate_limit_{name}": limit for name, limit in limits.items()}
        async with running_crossrate(sync_interval_seconds=5, **settings) as url:
            options = (
                "--env-var",
                f"base_url={url}",
                "--timeout",
                str(LONGEST_SECONDS * 1000),
                "--timeout-request",
                str(LONGEST_REQUEST_SECONDS * 1000),
            )
            process = await asyncio.create_subprocess_exec(
                str(shutil.which("node")), str(newman), "run", str(file), *options, "--color=off"
            )
            return await process.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["run"]:
        sys.exit(asyncio.run(run()))
    write(Path(sys.argv[1]))
