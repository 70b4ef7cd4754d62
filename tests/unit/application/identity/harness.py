"""Every use case of identity over fakes, with Ada registered."""

from dataclasses import replace

import pytest

from adapters.jwt.tokens import JwtTokens
from application.identity.authenticate import Authenticate
from application.identity.issue_token_pair import TokenPair
from application.identity.login import Login
from application.identity.refresh import Refresh
from application.identity.register import Register
from application.identity.verify_own_password import VerifyOwnPassword
from domain.identity.api_key import ALL_SCOPES
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from domain.identity.lockout import BACKOFFS, LockScope
from domain.identity.user import Password, User, Username
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.identity_meter import FakeIdentityMeter
from tests.unit.fakes.password_hasher import FakePasswordHasher

RIGHT, WRONG = Password("correct horse battery"), Password("not the password")
ADA = Username("Ada")
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"
MINUTES_15 = 15 * 60.0


def most(scope: LockScope) -> int:
    """How many failures the first bound allows."""
    return BACKOFFS[scope].bounds[0].failures


MAX_FAILURES = most(LockScope.ACCOUNT_AT_ADDRESS)
MAX_ADDRESS_FAILURES, MAX_ACCOUNT_FAILURES = most(LockScope.ADDRESS), most(LockScope.ACCOUNT)


class IdentityHarness:
    def __init__(self, database: FakeDatabase | None = None) -> None:
        self.clock = FakeClock()
        self.database = database or FakeDatabase()
        self.hasher = FakePasswordHasher()
        self.meter = FakeIdentityMeter()
        self.tokens = JwtTokens(b"x" * 32, self.clock)
        self.register = Register(database=self.database, hasher=self.hasher, clock=self.clock)
        self.authenticate = Authenticate(database=self.database, tokens=self.tokens, clock=self.clock)
        self._login = Login(
            database=self.database, hasher=self.hasher, tokens=self.tokens, clock=self.clock, meter=self.meter
        )
        self.verify = VerifyOwnPassword(database=self.database, hasher=self.hasher, clock=self.clock, meter=self.meter)
        self._refresh = Refresh(database=self.database, tokens=self.tokens, clock=self.clock)

    @property
    def ada(self) -> User:
        return next(user for user in self.database.rows.users.values() if user.name == ADA)

    @property
    def audit_log(self) -> list[tuple[AuditAction, AuditOutcome]]:
        return [(event.action, event.outcome) for event in self.database.rows.audit_events]

    async def login(self, password: Password = RIGHT, name: str = "Ada", address: str = HOME) -> TokenPair:
        return await self._login(username=Username(name), password=password, address=address)

    async def refresh(self, token: str) -> TokenPair:
        return await self._refresh(token=token, address=HOME)

    async def fail_to_login(self, times: int, name: str = "Ada", address: str = HOME) -> None:
        for _ in range(times):
            with pytest.raises(InvalidCredentials):
                await self.login(WRONG, name, address)

    async def caller(self) -> Caller:
        """Ada, signed in."""
        return await self.authenticate.by_token((await self.login()).access_token)

    def caller_with_a_key(self) -> Caller:
        return Caller(self.ada, ALL_SCOPES)

    def disable_ada(self) -> None:
        self.database.rows.users[self.ada.id] = replace(self.ada, is_disabled=True)
