"""How the service is started, wired and called."""

from entrypoints import lean_imports

lean_imports.install()
