"""A command that serves nobody makes no secret, which would stay behind in whatever folder it ran in."""

from pathlib import Path

import pytest

from entrypoints.settings.cache_secret import cache_secret
from entrypoints.settings.settings import Settings


def test_no_secret_is_left_in_a_folder_without_one_and_one_that_is_there_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/data/crossrate.db")
    assert cache_secret(settings, makes_one=False) != cache_secret(settings, makes_one=False)
    assert list(tmp_path.iterdir()) == []
    made = cache_secret(settings)
    assert cache_secret(settings, makes_one=False) == made
