"""What is parsed from wrk's output, and what the bundled client counts."""

import pytest
from aiohttp import web
from benchmarks.load import Load, LoadFailed, OwnClient, paced, read_wrk

from entrypoints.http.rates.routes import PATH
from tests.servers.serving import serving

WRK = """\
Running 2s test @ http://127.0.0.1:8080
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.71ms    1.13ms  20.55ms   92.01%
    Req/Sec     8.70k     1.04k   10.14k    85.00%
  17317 requests in 2.00s, 5.20MB read
{faults}Requests/sec:   8653.92
Transfer/sec:      2.60MB
"""


def test_wrks_total_and_rate_are_parsed() -> None:
    assert read_wrk(WRK.format(faults="")) == Load(17317, 8653.92)


@pytest.mark.parametrize(
    "fault",
    ["  Non-2xx or 3xx responses: 12\n", "  Socket errors: connect 0, read 3, write 0, timeout 0\n"],
)
def test_failed_requests_make_a_rate_invalid(fault: str) -> None:
    with pytest.raises(LoadFailed, match=fault.strip()):
        read_wrk(WRK.format(faults=fault))


def test_other_output_than_wrks_is_rejected() -> None:
    with pytest.raises(LoadFailed, match="unable to connect"):
        read_wrk("unable to connect to 127.0.0.1:8080 Connection refused\n")


class Answering:
    """A server that counts requests by body."""

    def __init__(self, status: int = 200) -> None:
        self.bodies: list[bytes] = []
        self._status = status
        self.app = web.Application()
        self.app.router.add_post(PATH, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response(status=self._status)


async def test_the_bundled_client_rotates_the_bodies_and_counts_answers() -> None:
    server = Answering()
    async with serving(server.app) as url:
        load = await OwnClient().drive(url, [b"1", b"2", b"3"], 1)
    assert load.requests == len(server.bodies)
    assert load.per_second <= load.requests  # it ran for no less than the second
    assert set(server.bodies) == {b"1", b"2", b"3"}


async def test_the_paced_client_keeps_its_pace() -> None:
    server = Answering()
    async with serving(server.app) as url:
        latencies = await paced(url, [b"1", b"2"], per_second=200, seconds=0.1)
    assert len(latencies) == len(server.bodies) == 20
    assert min(latencies) > 0


async def test_an_answer_other_than_200_ends_a_measurement() -> None:
    async with serving(Answering(503).app) as url:
        with pytest.raises(ExceptionGroup) as failed:
            await paced(url, [b"1"], per_second=100, seconds=0.05)
    assert failed.group_contains(LoadFailed)
