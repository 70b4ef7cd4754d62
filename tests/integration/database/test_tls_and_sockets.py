"""A Postgres that speaks TLS only, and one behind a Unix socket."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from adapters.sql.database import SqlDatabase
from domain.errors import DatabaseUnavailable
from entrypoints.settings.settings import Settings
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.packages import packaged
from tests.servers.postgres import NOBODY, PostgresProcess

TLS_ONLY = "hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n"


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "certificates")


@pytest.fixture
def tls_postgres(certificates: Certificates) -> Iterator[PostgresProcess]:
    binaries = packaged("postgres").parent
    with TemporaryDirectory(prefix="crossrate-postgres-") as folder:
        settings = {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"}
        process = PostgresProcess(Path(folder), binaries, **settings, unix_socket_directories=folder)
        process.make()
        data = process.folder / "data"
        for file in (certificates.certificate, certificates.key):
            copy = Path(shutil.copy(file, data))
            copy.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(copy, NOBODY, NOBODY)
        (data / "pg_hba.conf").write_text(TLS_ONLY)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)  # for the socket
        process.start()
        yield process
        process.stop()


async def answers(**settings: object) -> bool:
    database = SqlDatabase(Settings(_env_file=None, **settings).database_url.get_secret_value(), upgrades_itself=True)  # type: ignore[arg-type]  # any setting
    try:
        async with database.reading():
            return True
    finally:
        await database.close()


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_the_settings_decide_about_tls(
    tls_postgres: PostgresProcess, certificates: Certificates, mode: str
) -> None:
    authority = None if mode == "require" else certificates.authority
    parts = {"database_sslmode": mode, "database_ca_file": authority}
    assert await answers(database_url=SecretStr(tls_postgres.url), **parts)


async def test_the_url_decides_about_tls(tls_postgres: PostgresProcess, certificates: Certificates) -> None:
    url = f"{tls_postgres.url}?sslmode=verify-full&sslrootcert={certificates.authority}"
    assert await answers(database_url=SecretStr(url))


async def test_a_certificate_of_an_unknown_authority_is_rejected(tls_postgres: PostgresProcess) -> None:
    with pytest.raises(DatabaseUnavailable, match="SSLCertVerificationError"):
        await answers(database_url=SecretStr(f"{tls_postgres.url}?sslmode=verify-ca"))


async def test_a_certificate_for_another_name_is_rejected_only_by_verify_full(
    tls_postgres: PostgresProcess, certificates: Certificates
) -> None:
    parts = {"database_host": "localhost", "database_ca_file": certificates.authority}
    url = SecretStr(tls_postgres.url)
    assert await answers(database_url=url, database_sslmode="verify-ca", **parts)
    with pytest.raises(DatabaseUnavailable, match="SSLCertVerificationError"):
        await answers(database_url=url, database_sslmode="verify-full", **parts)


async def test_a_unix_socket_is_named_as_a_url_or_as_its_folder(tls_postgres: PostgresProcess) -> None:
    port = urlsplit(tls_postgres.url).port
    named = {"database_user": "postgres", "database_port": port}
    assert await answers(database_url=SecretStr(f"unix://{tls_postgres.folder}?name=postgres"), **named)
    assert await answers(database_host=str(tls_postgres.folder), database_name="postgres", **named)


async def test_a_postgres_without_tls_is_rejected_if_tls_is_required(postgres_process: PostgresProcess) -> None:
    assert await answers(database_url=SecretStr(f"{postgres_process.url}?sslmode=prefer"))
    with pytest.raises(DatabaseUnavailable):
        await answers(database_url=SecretStr(f"{postgres_process.url}?sslmode=require"))
