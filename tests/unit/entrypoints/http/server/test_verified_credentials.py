"""Valid credentials are remembered until they are not valid any more, and only so many of them."""

from entrypoints.http.server.verified_credentials import VerifiedCredentials


def test_a_valid_credential_is_remembered_until_it_is_invalid() -> None:
    verified = VerifiedCredentials()
    assert "a" not in verified
    verified.add("a")
    assert "a" in verified
    assert "b" not in verified
    verified.discard("a")
    verified.discard("b")
    assert "a" not in verified


def test_when_full_the_one_verified_the_longest_ago_is_dropped() -> None:
    verified = VerifiedCredentials(most=2)
    for credential in ("a", "b", "a", "c"):
        verified.add(credential)
        assert credential in verified
    assert [each in verified for each in ("a", "b", "c")] == [True, False, True]


def test_bytes_that_are_not_text_are_a_credential_like_any_other() -> None:
    verified = VerifiedCredentials()
    verified.add("a\udcff")
    assert "a\udcff" in verified
