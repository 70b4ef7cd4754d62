"""Many nodes that fetch from one exchange, on virtual time: the real coalescing and locking, over a fake Redis."""
