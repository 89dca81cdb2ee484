"""All scenes, by topic."""

from tests.peers.scenes import (
    clearing,
    connections,
    failovers,
    keys,
    loads,
    locks,
    models,
    numbers,
    options,
    outages,
    transactions,
    values,
)

__all__ = ["SCENES"]

SCENES = [
    *loads.SCENES,
    *models.SCENES,
    *transactions.SCENES,
    *keys.SCENES,
    *clearing.SCENES,
    *numbers.SCENES,
    *outages.SCENES,
    *failovers.SCENES,
    *options.SCENES,
    *values.SCENES,
    *connections.SCENES,
    *locks.SCENES,
]
