"""Imported last, it imports all commands and endpoints, and exempts what forked processes share from collections."""

from importlib import import_module

from entrypoints.cli.main import MODULES
from entrypoints.garbage import freeze_startup_objects
from entrypoints.http.endpoints import import_all

for module in MODULES.values():
    import_module(f"entrypoints.cli.{module}")
import_all()
freeze_startup_objects()
