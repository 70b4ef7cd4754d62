"""The migrations. Naming the newest here saves the start of every process half a second of Alembic's import."""

HEAD = "0003"
