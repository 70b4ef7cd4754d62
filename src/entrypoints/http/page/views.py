"""The page's views. Each has an address of its own, and a module of this name in `static/views/`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """One view, at `/{name}`; that of the empty name is `/`, and its module is `convert.js`.

    Where it `is_for_admins`, the navigation shows it to them only.
    """

    name: str
    title: str
    is_for_admins: bool = False

    @property
    def module(self) -> str:
        """The path of its module among the assets."""
        return f"views/{self.name or 'convert'}.js"


# A new view is its module and a line here: routes and navigation follow.
VIEWS = (
    View("", "Convert"),
    View("markets", "Markets"),
    View("history", "History"),
    View("wallets", "Wallets"),
    View("orders", "Orders"),
    View("account", "Account"),
    View("operate", "Operate", is_for_admins=True),
)
