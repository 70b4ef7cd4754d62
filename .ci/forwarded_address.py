"""Register a NAME at ADDRESS through a proxy that names the CLIENT, after so many SECONDS."""

import json
import sys
import time
import urllib.request


def main(address: str, name: str, client: str, seconds: str) -> None:
    """Raises `URLError` if the registration is refused."""
    time.sleep(float(seconds))
    body = json.dumps({"username": name, "password": "correct horse battery"}).encode()
    headers = {"Content-Type": "application/json", "X-Forwarded-For": client}
    request = urllib.request.Request(f"{address}/api/v1/authenticate/register", body, headers)  # noqa: S310 - our own address
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


if __name__ == "__main__":
    main(*sys.argv[1:])
