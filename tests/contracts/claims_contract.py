"""What the application relies on, whoever keeps the claims."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from application.ports.claims import Claims


class ClaimsContract(ABC):
    """`claims` are none so far."""

    @pytest.fixture
    @abstractmethod
    def claims(self) -> Claims: ...

    async def test_a_name_is_had_once(self, claims: Claims) -> None:
        assert await claims.claim("a", 60)
        assert not await claims.claim("a", 60)
        assert await claims.claim("b", 60)

    async def test_a_name_that_was_given_up_is_free(self, claims: Claims) -> None:
        await claims.claim("a", 60)
        await claims.release("a")
        assert await claims.claim("a", 60)

    async def test_giving_up_what_is_not_held_does_nothing(self, claims: Claims) -> None:
        await claims.release("a")
        assert await claims.claim("a", 60)

    async def test_of_many_who_come_together_one_has_it(self, claims: Claims) -> None:
        assert sorted(await asyncio.gather(*(claims.claim("a", 60) for _ in range(20)))) == [False] * 19 + [True]
