"""Where the application keeps what its handlers use."""

from aiohttp import web

from application.check_health import CheckHealth
from application.convert import Convert

CONVERT = web.AppKey("convert", Convert)
CHECK_HEALTH = web.AppKey("check_health", CheckHealth)
