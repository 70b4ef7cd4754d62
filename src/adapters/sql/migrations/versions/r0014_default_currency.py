"""The currency in which a user wants to see what wallets are worth."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. It may be empty: the service's default counts then."""
    op.add_column("users", sa.Column("default_to", sa.String(20), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("users", "default_to")
