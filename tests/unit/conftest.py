"""Properties are held by their truth; how long an example takes on a busy machine says nothing."""

from hypothesis import settings

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
