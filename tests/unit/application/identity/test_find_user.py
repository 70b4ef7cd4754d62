"""Finding the user whom an administrator means."""

import pytest

from application.identity.find_user import FindUser
from domain.errors import NoSuchObject
from domain.identity.user import Username
from tests.unit.application.identity.harness import IdentityHarness


async def test_a_user_is_found_by_name_in_any_case_and_nobody_else(identity: IdentityHarness) -> None:
    find = FindUser(database=identity.database)
    assert await find(username=Username("ADA")) == identity.ada
    with pytest.raises(NoSuchObject, match="there is no user Grace"):
        await find(username=Username("Grace"))
