"""`crossrate openapi`."""

import typer


def openapi() -> None:
    """Print the OpenAPI document, as a service with these settings serves it at /openapi.json.

    Starts no service, and needs neither a database nor a network.
    """
    # Slow to import: see main.py.
    import orjson  # noqa: PLC0415

    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.http.openapi.document import openapi_document  # noqa: PLC0415

    settings = usable_settings()
    document = openapi_document(
        (*settings.exchanges, *filter(None, [settings.bank])),
        is_closed=settings.require_auth,
        accepts_key_in_query=settings.api_key_in_query,
        has_open_metrics=settings.has_open_metrics,
    )
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
