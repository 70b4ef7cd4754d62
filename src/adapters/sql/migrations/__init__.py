"""The migrations. `HEAD`, the newest, saves every process from importing Alembic at its start, half a second."""

HEAD = "0022"
