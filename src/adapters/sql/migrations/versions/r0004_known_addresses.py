"""When sessions were refreshed, from which addresses users sign in, and which session a wrong password was typed in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table. The columns may be empty: older processes still write rows without them."""
    op.add_column("sessions", sa.Column("refreshed_at", sa.Double(), nullable=True))
    op.add_column("login_failures", sa.Column("session_id", sa.Uuid(), nullable=True))
    op.create_table(
        "known_addresses",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("last_login_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_addresses_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "address", name=op.f("pk_known_addresses")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("known_addresses")
    op.drop_column("login_failures", "session_id")
    op.drop_column("sessions", "refreshed_at")
