"""What every test of identity starts with."""

import pytest

from tests.unit.application.identity.harness import ADA, HOME, RIGHT, IdentityHarness


@pytest.fixture
async def identity() -> IdentityHarness:
    identity = IdentityHarness()
    await identity.register(username=ADA, password=RIGHT, address=HOME)
    return identity
