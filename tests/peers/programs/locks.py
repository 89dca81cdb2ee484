"""The lock of a process that dies: `python -m tests.peers.programs.locks SUBJECT LOCATION`."""

from __future__ import annotations

import json
import os
import sys

from tests.peers.subjects import config

PATIENCE_S = 12
"""Beyond the lease that a lock has by default."""


def main(subject: str, location: str) -> str:
    """A child takes a lock and ends at once; its parent waits for the lock."""
    from django.conf import settings

    settings.configure(
        SECRET_KEY="the secret of the tests", CACHES={"default": config(subject, location)}
    )
    from django.core.cache import cache

    child = os.fork()
    if child == 0:
        os._exit(0 if cache.lock("job").acquire() else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    is_free = cache.lock("job").acquire(blocking_timeout=PATIENCE_S)
    return "it is free again" if is_free else "it is held"


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
