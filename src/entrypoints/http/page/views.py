"""The page's views. Each has an address of its own, and a module of this name in `static/views/`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """One view, at `/{name}`; that of the empty name is `/`, and its module is `convert.js`."""

    name: str
    title: str

    @property
    def module(self) -> str:
        """The path of its module among the assets."""
        return f"views/{self.name or 'convert'}.js"


# A new view is its module and a line here: routes and navigation follow.
VIEWS = (
    View("", "Convert"),
    View("markets", "Markets"),
    View("history", "History"),
)
