"""When an embedded database is taken for unused."""

import asyncio
import stat
from pathlib import Path

import pytest

from entrypoints.settings.settings import Settings
from entrypoints.wiring import unused_database
from entrypoints.wiring.unused_database import is_unused, needs_database_at_once, prepare_file, until_used

NOTHING_RECORDED = {"quote_pairs": (), "reference_rates": "none"}


def with_database(url: str) -> Settings:
    return Settings(_env_file=None, database_url=url, jwt_secret="x" * 32)


def test_the_file_that_is_made_at_the_start_is_private_and_unused(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "crossrate.db"
    settings = with_database(f"sqlite:///{file}")
    assert not is_unused(settings), "opening it tells why it could not be made"
    prepare_file(settings)
    assert is_unused(settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_made_is_left_to_those_who_open_it() -> None:
    settings = with_database("sqlite:////proc/crossrate.db")
    prepare_file(settings)
    assert not is_unused(settings)


def test_a_file_that_holds_something_and_a_server_are_used(tmp_path: Path) -> None:
    file = tmp_path / "crossrate.db"
    file.write_bytes(b"SQLite format 3\0")
    settings = with_database(f"sqlite:///{file}")
    prepare_file(settings)
    assert not is_unused(settings)
    assert not is_unused(with_database("postgresql://crossrate:secret@localhost/crossrate"))


async def test_waiting_ends_with_the_first_use_or_the_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unused_database, "LOOK_SECONDS", 0.001)
    file = tmp_path / "crossrate.db"
    settings, stop = with_database(f"sqlite:///{file}"), asyncio.Event()
    prepare_file(settings)
    first, second = (asyncio.create_task(until_used(settings, each)) for each in (asyncio.Event(), stop))
    await asyncio.sleep(0.01)
    assert not first.done()
    stop.set()
    async with asyncio.timeout(5):
        await second
        assert not first.done()
        file.write_bytes(b"SQLite format 3\0")
        await first


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({}, False),
        ({"quote_pairs": ("BTC/USDT",)}, True),
        ({"record": "hourly:all"}, True),
        ({"reference_rates": "ecb"}, True),
    ],
)
def test_a_service_that_records_something_needs_it_at_once(more: dict[str, object], needs: bool) -> None:
    settings = Settings(_env_file=None, **{**NOTHING_RECORDED, **more})  # type: ignore[arg-type]  # of several types
    assert needs_database_at_once(settings) is needs
