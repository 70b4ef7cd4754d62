"""What is sealed can be read with the secret, and for its own record only."""

import pytest
from cryptography.exceptions import InvalidTag

from adapters.cryptography.sealer import AesGcmSealer

SEALER = AesGcmSealer(b"a secret of this test, and of nobody else")
ANOTHER = AesGcmSealer(b"another secret of this test, and of nobody else")
DOCUMENT = b'{"key":"crk_something that is shown once"}'


def test_a_sealed_document_can_be_opened_again() -> None:
    sealed = SEALER.seal(DOCUMENT, b"fingerprint")
    assert b"crk_" not in sealed
    assert SEALER.open(sealed, b"fingerprint") == DOCUMENT


def test_the_same_document_never_looks_the_same() -> None:
    assert SEALER.seal(DOCUMENT, b"fingerprint") != SEALER.seal(DOCUMENT, b"fingerprint")


def test_neither_another_secret_nor_another_record_opens_it() -> None:
    sealed = SEALER.seal(DOCUMENT, b"fingerprint")
    with pytest.raises(InvalidTag):
        ANOTHER.open(sealed, b"fingerprint")
    with pytest.raises(InvalidTag):
        SEALER.open(sealed, b"of another record")


def test_a_fingerprint_depends_on_the_document_and_on_the_secret() -> None:
    fingerprints = {sealer.fingerprint(document) for sealer in (SEALER, ANOTHER) for document in (b"a", b"b")}
    assert len(fingerprints) == 4
    assert {len(each) for each in fingerprints} == {32}
    assert SEALER.fingerprint(b"a") in fingerprints
