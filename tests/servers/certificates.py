"""Certificates for tests of TLS, made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.packages import packaged


@dataclass(frozen=True, slots=True)
class Certificates:
    """An authority, and a certificate that it signed for 127.0.0.1, for servers and clients."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, *, name: str = "IP:127.0.0.1", days: int = 2) -> Certificates:
    """Make them in this folder, for a server of that name; one of fewer than 0 days has expired."""
    packaged("openssl")
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "ca.crt", folder / "server.crt", folder / "server.key")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    _openssl("req", "-x509", *curve, "-subj", "/CN=tests", "-keyout", folder / "ca.key", "-out", made.authority)
    request, names = folder / "server.csr", folder / "names"
    names.write_text(f"subjectAltName={name}")
    _openssl("req", "-new", *curve, "-subj", "/CN=server", "-keyout", made.key, "-out", request)
    signed = ["-CA", made.authority, "-CAkey", folder / "ca.key", "-CAcreateserial", "-extfile", names, "-days", days]
    _openssl("x509", "-req", "-in", request, *signed, "-out", made.certificate)
    return made


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)  # noqa: S603, S607 -- our own arguments
