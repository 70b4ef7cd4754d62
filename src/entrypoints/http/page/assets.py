"""The page's script and style, in memory: compressed once, at addresses that name their content.

Ours are sent as one script and one style, without comments and indentation. All files stand below one folder that is
named after the hash of them all. A file may be kept for good; after a change, every address is new.
"""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web
from aiohttp.hdrs import ACCEPT_ENCODING

from entrypoints.http.page.joined import joined, slim_style

STATIC = (Path(__file__).parent / "static").resolve()

# What other projects have made leaves the service byte by byte.
VENDOR = STATIC / "vendor"

SCRIPT = "app.js"
STYLE = "page.css"
ICON = "icon.svg"

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_CHARACTERS = 16
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": ACCEPT_ENCODING,
    "X-Content-Type-Options": "nosniff",
}
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, compressed; the few who want it plain have it made so."""

    content_type: str
    compressed: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by their names, and the folder that they are served from."""

    folder: str
    files: Mapping[str, Asset]

    def path_of(self, name: str) -> str:
        """Return the path of a file, relative to the service."""
        assert name in self.files, name  # noqa: S101 -- the page names only what exists
        return f"{self.folder}/{name}"


async def loaded_assets() -> Assets:
    """Return the assets; the first call reads and compresses them in a thread."""
    return await asyncio.to_thread(assets) if not assets.cache_info().currsize else assets()


@cache
def assets() -> Assets:
    """Read and compress all files. Names are looked up in what was found here, so none leads out of the folder."""
    files: dict[str, Asset] = {}
    digest = hashlib.sha256()
    for name, content in sorted(_contents()):
        digest.update(b"%b\0%d\0%b" % (name.encode(), len(content), content))
        content_type = _CONTENT_TYPES[Path(name).suffix]
        files[name] = Asset(content_type, gzip.compress(content, mtime=0))
    return Assets(f"assets/{digest.hexdigest()[:_HASH_CHARACTERS]}", files)


def _contents() -> Iterator[tuple[str, bytes]]:
    yield SCRIPT, joined(STATIC / SCRIPT, VENDOR).encode()
    yield STYLE, slim_style((STATIC / STYLE).read_text("utf-8")).encode()
    yield ICON, (STATIC / ICON).read_bytes()
    for path in VENDOR.rglob("*.*"):
        if path.suffix in _CONTENT_TYPES:
            yield path.relative_to(STATIC).as_posix(), path.read_bytes()


async def get_asset(request: web.Request) -> web.Response:
    """Answer with a file, compressed for those who accept that. That of another version is not there."""
    known = await loaded_assets()
    asset = known.files.get(request.match_info["name"])
    if asset is None or f"assets/{request.match_info['hash']}" != known.folder:
        raise web.HTTPNotFound
    headers = {**_HEADERS, "Content-Type": asset.content_type}
    if _TAKES_GZIP.search(request.headers.get(ACCEPT_ENCODING, "")):
        return web.Response(body=asset.compressed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=gzip.decompress(asset.compressed), headers=headers)
