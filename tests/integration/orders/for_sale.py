"""Put an asset up for sale."""

from adapters.sql.database import SqlDatabase
from domain.orders.clearing_asset import ClearingAsset


async def sell(database_url: str, asset: ClearingAsset) -> None:
    """Store the terms on which an asset may be bought."""
    database = SqlDatabase(database_url, upgrades_itself=True)
    async with database.writing() as unit:
        await unit.clearing_assets.save(asset)
    await database.close()
