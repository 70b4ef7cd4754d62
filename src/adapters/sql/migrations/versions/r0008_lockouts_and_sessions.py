"""Wider networks of failed logins; where sessions were begun, by what, and when a password was last given in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. They may be empty: older processes still write rows without them."""
    op.add_column("login_failures", sa.Column("network", sa.String(64), nullable=True))
    op.create_index(op.f("ix_login_failures_network_at"), "login_failures", ["network", "at"])
    op.add_column("sessions", sa.Column("address", sa.String(64), nullable=True))
    op.add_column("sessions", sa.Column("user_agent", sa.String(255), nullable=True))
    op.add_column("sessions", sa.Column("password_at", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for column in ("password_at", "user_agent", "address"):
        op.drop_column("sessions", column)
    op.drop_index(op.f("ix_login_failures_network_at"), "login_failures")
    op.drop_column("login_failures", "network")
