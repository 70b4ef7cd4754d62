"""No moment is NaN or an infinity.

On Postgres only: SQLite stores NaN as NULL, and would have to copy every table for a new constraint.
"""

from alembic import op

revision = "0012"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENTS = {
    "users": ("created_at",),
    "sessions": ("created_at", "expires_at", "refreshed_at", "password_at"),
    "api_keys": ("created_at", "expires_at"),
    "login_failures": ("at",),
    "known_addresses": ("last_login_at",),
    "audit_events": ("at",),
    "claims": ("taken_at", "until"),
    "call_counts": ("resting_until",),
}


def upgrade() -> None:
    """Add the constraints."""
    if op.get_context().dialect.name == "sqlite":
        return
    for table, column in _each():
        # Postgres holds NaN for larger than everything else, infinity included.
        condition = f"{column} > '-Infinity' AND {column} < 'Infinity'"
        op.create_check_constraint(op.f(f"ck_{table}_{column}_finite"), table, condition)


def downgrade() -> None:
    """Drop them."""
    if op.get_context().dialect.name == "sqlite":
        return
    for table, column in _each():
        op.drop_constraint(op.f(f"ck_{table}_{column}_finite"), table)


def _each() -> list[tuple[str, str]]:
    return [(table, column) for table, columns in _MOMENTS.items() for column in columns]
