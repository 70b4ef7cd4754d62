"""The HTML around every view: head, navigation, and a place for the view. No script and no style stands in it."""

from html import escape

from entrypoints.http.page.assets import ICON, SCRIPT, STYLE, Assets
from entrypoints.http.page.views import VIEWS, View

_DESCRIPTION = "What an amount is worth in another currency, now, by which route, and how old that answer is."

# Where a view is made by its script, this is what other browsers are told.
_WITHOUT_SCRIPT = (
    '<noscript><p class="notice">This view needs JavaScript. Without it, <a href="./">Convert</a> works, and so does '
    'the <a href="api/v1/pairs?format=csv">list of pairs as CSV</a>.</p></noscript>'
)


def page(
    view: View, assets: Assets, content: str = "", data: str = "", *, has_docs: bool, reloads: bool = False
) -> str:
    """Write the page. `data` is JSON for the view's script; `reloads` has browsers without script ask again."""
    title = "Crossrate" if not view.name else f"{view.title} · Crossrate"
    again = '<noscript><meta http-equiv="refresh" content="1"></noscript>' if reloads else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><meta name="description" content="{_DESCRIPTION}">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" type="image/svg+xml" href="{assets.path_of(ICON)}">'
        f'<link rel="stylesheet" href="{assets.path_of(STYLE)}">'
        f'<script type="module" src="{assets.path_of(SCRIPT)}"></script>'
        f'<link rel="modulepreload" href="{assets.path_of("vendor/htm-3.1.1/standalone.module.js")}">{again}</head>'
        f'<body><a class="skip" href="#view">Skip to the content</a>{_header(view, has_docs=has_docs)}'
        f'<main id="view" tabindex="-1" data-view="{view.name}" data-given="{escape(data)}">'
        f"{content or _WITHOUT_SCRIPT}</main>"
        '<p id="announcer" class="unseen" role="status"></p></body></html>'
    )


def _header(current: View, *, has_docs: bool) -> str:
    links = "".join(
        f"<li{' hidden' if view.is_for_admins else ''}>{_link(view, is_current=view is current)}</li>" for view in VIEWS
    )
    docs = '<a href="docs">API</a>' if has_docs else ""
    return (
        '<header class="top"><a class="brand" href="./" data-view="">Crossrate</a>'
        f'<nav aria-label="Views"><ul>{links}</ul></nav><div class="aside">{docs}</div></header>'
    )


def _link(view: View, *, is_current: bool) -> str:
    current = ' aria-current="page"' if is_current else ""
    return f'<a href="{view.name or "./"}" data-view="{view.name}"{current}>{escape(view.title)}</a>'
