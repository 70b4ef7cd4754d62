"""Writes what the client package can take from the service's OpenAPI document, and its blocking half."""
