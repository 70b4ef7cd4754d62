"""The prefix of all names in Redis."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from entrypoints.settings.redis_prefix import redis_prefix as prefix_of
from entrypoints.settings.settings import Settings


def prefix(database_url: str, redis_prefix: str | None = None) -> str:
    settings = Settings(_env_file=None, database_url=SecretStr(database_url), redis_prefix=redis_prefix)
    return prefix_of(settings)


def test_a_prefix_that_is_set_is_used_as_it_is() -> None:
    assert prefix("postgresql://u:p@db/crossrate", redis_prefix="staging") == "staging"


def test_by_default_it_is_short_and_begins_with_the_services_name() -> None:
    assert re.fullmatch(r"crossrate:[0-9a-f]{10}", prefix("postgresql://u:p@db/crossrate"))


@pytest.mark.parametrize(
    "other", ["postgresql://u:p@db/staging", "postgresql://u:p@db2/crossrate", "postgresql://u:p@db:6432/crossrate"]
)
def test_two_databases_have_two_prefixes(other: str) -> None:
    assert prefix(other) != prefix("postgresql://u:p@db/crossrate")


@pytest.mark.parametrize(
    "same", ["postgres://u:p@DB/crossrate", "postgresql://u:p@db:5432/crossrate", "postgresql://v:changed@db/crossrate"]
)
def test_one_database_has_one_prefix_for_any_spelling_and_user(same: str) -> None:
    assert prefix(same) == prefix("postgresql://u:p@db/crossrate")


def test_two_files_have_two_prefixes_which_they_keep(tmp_path: Path) -> None:
    (one, other) = (f"sqlite:///{tmp_path}/{name}/crossrate.db" for name in ("one", "other"))
    assert prefix(one) == prefix(one) != prefix(other)
    (tmp_path / "one").rename(tmp_path / "moved")
    assert prefix(f"sqlite:///{tmp_path}/moved/crossrate.db") == prefix(one.replace("/one/", "/moved/"))


def test_a_folder_that_cannot_be_written_still_has_a_prefix() -> None:
    assert prefix("sqlite:////proc/nowhere/x.db") == prefix("sqlite:////proc/nowhere/x.db")


@pytest.mark.parametrize("unusable", ["two words", "a*", "{tag}", "x" * 65])
def test_a_prefix_that_could_be_misread_is_rejected(unusable: str) -> None:
    with pytest.raises(ValueError, match="redis_prefix"):
        prefix("postgresql://u:p@db/crossrate", redis_prefix=unusable)
