"""The system's Chromium, for the tests that look at pages as people do."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

EXECUTABLE_VARIABLE = "CROSSRATE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")

# The sandbox needs rights that containers lack; the rest keeps the browser itself from calling its makers.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Return the path of the browser: the one that the environment names, whatever it is, else one on the PATH."""
    named = os.environ.get(EXECUTABLE_VARIABLE)
    return named or next((path for path in map(shutil.which, NAMES) if path is not None), None)


def describe_chromium() -> str:
    """Say for the head of a test run which browser looks at the pages."""
    found = find_chromium()
    if found is None:
        return (
            f"browser: none ({', '.join(NAMES)} or {EXECUTABLE_VARIABLE}); the documentation's files are checked only"
        )
    return f"browser: {found}"


@asynccontextmanager
async def running_chromium(executable: str) -> AsyncIterator[Browser]:
    """Start the browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
