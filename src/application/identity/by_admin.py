"""What an administrator does for a user."""

from domain.identity.caller import Caller


def checked_admin(admin: Caller | None, now: float) -> str:
    """Return the end of an audit event's detail that names the administrator; empty if the user does it themselves.

    Revoking a user's access takes the administrator's recent password, so that a copied token of theirs cannot stop
    everyone's programs. Raises `PasswordNeeded`.
    """
    if admin is None:
        return ""
    admin.require_recent_password(now)
    return f", by {admin.user.name}"
