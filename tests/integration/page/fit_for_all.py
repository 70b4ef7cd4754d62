"""Views looked at in every layout, in light and dark."""

from collections.abc import Sequence
from itertools import cycle
from typing import Final, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

WIDTHS = (320, 768, 1440)
# Without the list of all that is right, which takes a fifth of the time.
OPTIONS = {"resultTypes": ["violations"]}
SCHEMES: Final[Sequence[Literal["light", "dark"]]] = ("light", "dark")


async def assert_is_fit_for_all(page: Page, widths: Sequence[int] = WIDTHS) -> None:
    """Check the view as it is: nothing sticks out, and axe-core finds nothing at any width, in light or dark.

    A scheme changes nothing but colours, and only the last width has a layout of its own colours, so that one is looked
    at in both schemes, and the others in one each.
    """
    for width, scheme in zip((*widths, widths[-1]), cycle(SCHEMES), strict=False):
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{width} px are too few"
        found = await Axe().run(page, options=OPTIONS)
        assert found.violations_count == 0, f"{scheme}, {width} px: {found.generate_report()}"
    await page.set_viewport_size({"width": 1440, "height": 900})
