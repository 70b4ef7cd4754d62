"""Imported last, it exempts what was imported before from the garbage collections of forked processes."""

from entrypoints.garbage import freeze_startup_objects

freeze_startup_objects()
