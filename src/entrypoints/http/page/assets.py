"""The page's scripts and styles, in memory: compressed once, at addresses that name their content.

Ours are sent without comments and indentation. All stand below one folder that is named after the hash of them all, so
that modules import each other by relative paths without a build step. A file may be kept for good; after a change,
every address is new.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web
from aiohttp.hdrs import ACCEPT_ENCODING

STATIC = Path(__file__).parent / "static"

# What other projects have made leaves the service byte by byte.
VENDOR = "vendor/"

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


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed."""

    content_type: str
    plain: bytes
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
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in _CONTENT_TYPES:
            name = path.relative_to(STATIC).as_posix()
            content = path.read_bytes() if name.startswith(VENDOR) else _slim(path.read_text("utf-8")).encode()
            digest.update(b"%b\0%d\0%b" % (name.encode(), len(content), content))
            files[name] = Asset(_CONTENT_TYPES[path.suffix], content, gzip.compress(content, mtime=0))
    return Assets(f"assets/{digest.hexdigest()[:_HASH_CHARACTERS]}", files)


def _slim(text: str) -> str:
    """Leave out what is for those who read the source: indentation, lines of comments, and empty lines.

    No template of ours holds a line that begins like a comment, or text whose indentation matters.
    """
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


async def get_asset(request: web.Request) -> web.Response:
    """Answer with a file, compressed for those who accept that. That of another version is not there."""
    known = await loaded_assets()
    asset = known.files.get(request.match_info["name"])
    if asset is None or f"assets/{request.match_info['hash']}" != known.folder:
        raise web.HTTPNotFound
    headers = {**_HEADERS, "Content-Type": asset.content_type}
    if "gzip" in request.headers.get(ACCEPT_ENCODING, "").lower():
        return web.Response(body=asset.compressed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=asset.plain, headers=headers)
