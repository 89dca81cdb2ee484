"""A site that has used its cache, and goes on using it, when its server forks.

``/N`` answers what stands under number N, read by three ways, and the process that answered.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable

import django

django.setup()

from django.core.cache import cache  # noqa: E402

from tests.processes.shop import forks  # noqa: E402


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    number = int(environ["PATH_INFO"].strip("/"))
    answers = [
        cache.get(f"fork:{number}"),
        forks.answer(number),
        cache.get_or_set(f"late:{number}", lambda: forks.value(number), None),
    ]
    body = json.dumps({"pid": os.getpid(), "answers": answers}).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


def _read_for_ever() -> None:
    number = 0
    while True:
        forks.answer(number % forks.KEYS)
        cache.get(f"fork:{number % forks.KEYS}")
        number += 1


forks.fill()
# In the server's first process: the threads do not live in those that it forks.
for _ in range(forks.THREADS):
    threading.Thread(target=_read_for_ever, daemon=True).start()
