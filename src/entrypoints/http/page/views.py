"""The page's views. Each has an address of its own, and a module in `static/views/`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """One view, at `/{name}`; where it `is_for_admins`, the navigation shows it to them only."""

    name: str
    title: str
    is_for_admins: bool = False


# A new view is its module, a line in `static/app.js`, and one here: routes and navigation follow.
VIEWS = (
    View("", "Convert"),
    View("markets", "Markets"),
    View("history", "History"),
    View("wallets", "Wallets"),
    View("orders", "Orders"),
    View("account", "Account"),
    View("operate", "Operate", is_for_admins=True),
)
