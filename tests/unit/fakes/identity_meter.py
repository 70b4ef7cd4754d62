"""A meter that counts lockouts."""

from collections import Counter

from application.identity.ports.identity_meter import IdentityMeter
from domain.identity.lockout import LockScope


class FakeIdentityMeter(IdentityMeter):
    def __init__(self) -> None:
        self.lockouts: Counter[LockScope] = Counter()

    def lockout_began(self, scope: LockScope) -> None:
        self.lockouts[scope] += 1
