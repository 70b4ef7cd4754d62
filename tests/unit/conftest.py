"""Hypothesis sets no deadline: how long an example takes on a busy machine proves nothing."""

from hypothesis import settings

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
