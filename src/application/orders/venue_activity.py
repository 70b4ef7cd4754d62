"""What happens at a venue, and how to keep it quiet for a moment."""

from application.orders.ports.repositories import OrdersRepositories

# More batches than are done while a venue answers.
_NEWEST_BATCHES = 20


async def activity_at(unit: OrdersRepositories, venue: str) -> object:
    """Return what changes with every purchase, None while one is under way at the venue."""
    if await unit.batches.has_pending(venue):
        return None
    batches = [*await unit.batches.list_unfinished(), *await unit.batches.list_newest(None, _NEWEST_BATCHES)]
    return sorted((str(each.id), each.attempts, each.received) for each in batches)


def quiet_lease(venue: str) -> str:
    """Return the name of the lease during which nothing new is sent to the venue."""
    return f"quiet:{venue}"
