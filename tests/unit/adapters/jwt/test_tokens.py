"""Tokens are read back as they were written, and nothing else is read at all."""

import jwt
import pytest

from adapters.jwt.tokens import ALGORITHM, MAX_TOKEN_LENGTH, JwtTokens
from application.identity.ports.tokens import AccessToken, RefreshToken
from domain.identity.errors import InvalidCredentials
from tests.unit.fakes.accounts import session, user
from tests.unit.fakes.clock import NOON, FakeClock

SECRET = b"a secret of this test, and of nobody else"
LONG_SECRET = SECRET.ljust(64, b"x")  # as HS512 wants it
SESSION = session(user("Ada"), expires_at=NOON + 1000, generation=7)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tokens(clock: FakeClock) -> JwtTokens:
    return JwtTokens(SECRET, clock)


def test_an_access_token_names_its_session_until_it_expires(tokens: JwtTokens, clock: FakeClock) -> None:
    token = tokens.write_access(SESSION, NOON + 60)
    clock.advance(59)
    assert tokens.read_access(token) == AccessToken(SESSION.id, SESSION.user_id)
    clock.advance(1)
    with pytest.raises(InvalidCredentials, match="expired"):
        tokens.read_access(token)


def test_a_refresh_token_names_its_generation_until_the_session_ends(tokens: JwtTokens, clock: FakeClock) -> None:
    token = tokens.write_refresh(SESSION)
    clock.advance(999)
    assert tokens.read_refresh(token) == RefreshToken(SESSION.id, SESSION.user_id, 7)
    clock.advance(1)
    with pytest.raises(InvalidCredentials, match="expired"):
        tokens.read_refresh(token)


def test_neither_kind_is_accepted_as_the_other(tokens: JwtTokens) -> None:
    with pytest.raises(InvalidCredentials):
        tokens.read_access(tokens.write_refresh(SESSION))
    with pytest.raises(InvalidCredentials):
        tokens.read_refresh(tokens.write_access(SESSION, NOON + 60))


def test_a_token_of_another_secret_is_rejected(tokens: JwtTokens, clock: FakeClock) -> None:
    others = JwtTokens(b"another secret, of another installation", clock)
    with pytest.raises(InvalidCredentials):
        tokens.read_access(others.write_access(SESSION, NOON + 60))


def claims(**changed: object) -> dict[str, object]:
    usual = {
        "iss": "crossrate",
        "aud": "crossrate-refresh",
        "sub": SESSION.user_id.hex,
        "sid": SESSION.id.hex,
        "exp": int(NOON) + 60,
        "gen": 7,
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


def test_the_claims_of_this_test_are_those_of_a_valid_token(tokens: JwtTokens) -> None:
    assert tokens.read_refresh(jwt.encode(claims(), SECRET, ALGORITHM)) == RefreshToken(SESSION.id, SESSION.user_id, 7)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "another"},
        {"aud": None},
        {"sub": None},
        {"sid": None},
        {"exp": None},
        {"exp": NOON + 60.5},
        {"gen": None},
        {"gen": "7"},
        {"sid": "no session"},
        {"sid": 7},
    ],
    ids=str,
)
def test_a_signed_token_with_other_claims_is_rejected(tokens: JwtTokens, changed: dict[str, object]) -> None:
    with pytest.raises(InvalidCredentials):
        tokens.read_refresh(jwt.encode(claims(**changed), SECRET, ALGORITHM))


@pytest.mark.parametrize(("algorithm", "key"), [("HS512", LONG_SECRET), ("none", "")], ids=["another", "none"])
def test_a_token_cannot_choose_its_algorithm(clock: FakeClock, algorithm: str, key: bytes | str) -> None:
    tokens = JwtTokens(LONG_SECRET, clock)
    assert tokens.read_refresh(jwt.encode(claims(), LONG_SECRET, ALGORITHM)).session_id == SESSION.id
    with pytest.raises(InvalidCredentials):
        tokens.read_refresh(jwt.encode(claims(), key, algorithm))


@pytest.mark.parametrize("token", ["", "not.a.token", "é.ü.ö", "\ud800", "x" * (MAX_TOKEN_LENGTH + 1)], ids=ascii)
def test_what_is_not_a_token_is_rejected(tokens: JwtTokens, token: str) -> None:
    with pytest.raises(InvalidCredentials):
        tokens.read_access(token)
