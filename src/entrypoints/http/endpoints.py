"""Every endpoint of the API, in the order of its document. The application and the document both derive from this."""

from entrypoints.http.clearing import reconciliation, refunding, resolving
from entrypoints.http.clearing import routes as clearing
from entrypoints.http.compatible import btcpay, coingecko, frankfurter, pricedb, rates_csv
from entrypoints.http.docs import routes as docs
from entrypoints.http.health import metrics
from entrypoints.http.health import routes as health
from entrypoints.http.identity import account, administration, authentication, keys, lists, page_session, sessions
from entrypoints.http.ledger import correction_routes as corrections
from entrypoints.http.ledger import routes as ledger
from entrypoints.http.orders import routes as orders
from entrypoints.http.problem_pages import routes as problems
from entrypoints.http.quotes import routes as quotes
from entrypoints.http.rates import batch_routes as batches
from entrypoints.http.rates import routes as rates
from entrypoints.http.rates import stream_routes as streams
from entrypoints.http.rates import table_routes as tables
from entrypoints.http.rates import tradable_routes as tradable
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.wallets import entries_routes as entries
from entrypoints.http.wallets import funds_routes as funds
from entrypoints.http.wallets import routes as wallets
from entrypoints.http.wallets import setting_routes as settings
from entrypoints.http.wallets import worth_routes as worth
from entrypoints.http.webhooks import routes as webhooks

ENDPOINTS: tuple[Endpoint, ...] = (
    *rates.ENDPOINTS,
    *batches.ENDPOINTS,
    *tables.ENDPOINTS,
    *rates_csv.ENDPOINTS,
    *pricedb.ENDPOINTS,
    *streams.ENDPOINTS,
    *tradable.ENDPOINTS,
    *quotes.ENDPOINTS,
    *wallets.ENDPOINTS,
    *funds.ENDPOINTS,
    *worth.ENDPOINTS,
    *entries.ENDPOINTS,
    *orders.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *authentication.ENDPOINTS,
    *page_session.ENDPOINTS,
    *account.ENDPOINTS,
    *settings.ENDPOINTS,
    *sessions.ENDPOINTS,
    *keys.ENDPOINTS,
    *administration.ENDPOINTS,
    *lists.ENDPOINTS,
    *ledger.ENDPOINTS,
    *corrections.ENDPOINTS,
    *clearing.ENDPOINTS,
    *resolving.ENDPOINTS,
    *refunding.ENDPOINTS,
    *reconciliation.ENDPOINTS,
    *frankfurter.ENDPOINTS,
    *coingecko.ENDPOINTS,
    *btcpay.ENDPOINTS,
    *health.ENDPOINTS,
    *metrics.ENDPOINTS,
    *problems.ENDPOINTS,
    *docs.ENDPOINTS,
)
