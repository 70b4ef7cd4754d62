"""The version of this package."""

from importlib.metadata import version

VERSION = version("crossrate-client")
USER_AGENT = f"crossrate-client/{VERSION}"
