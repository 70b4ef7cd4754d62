"""What runs background jobs. The jobs themselves, with their schedules, are in `<feature>/jobs.py`."""
