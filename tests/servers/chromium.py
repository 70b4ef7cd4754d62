"""The system's Chromium, for tests of the documentation pages."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright, expect

EXECUTABLE_VARIABLE = "CROSSRATE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")

# Containers lack the rights that the sandbox needs; the other options keep the browser from calling home.
PATIENCE_MS = 30_000

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Return the browser that the environment names, otherwise one on the PATH."""
    named = os.environ.get(EXECUTABLE_VARIABLE)
    return named or next((path for path in map(shutil.which, NAMES) if path is not None), None)


def describe_chromium() -> str:
    """Describe the browser for the header of a test run."""
    found = find_chromium()
    if found is None:
        return f"browser: none ({', '.join(NAMES)} or {EXECUTABLE_VARIABLE}); only the pages' files are checked"
    return f"browser: {found}"


@asynccontextmanager
async def running_chromium(executable: str) -> AsyncIterator[Browser]:
    """Start the browser, headless."""
    expect.set_options(timeout=PATIENCE_MS)  # the API's document takes seconds to draw on a busy machine
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
