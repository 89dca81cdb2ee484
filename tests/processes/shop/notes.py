"""What processes write down for the test: lines of JSON, appended whole by one write each."""

import json
import os
import time

from django.conf import settings


def note(what: str, **fields: object) -> None:
    line = json.dumps({"what": what, "pid": os.getpid(), "at": time.monotonic(), **fields})
    path = settings.FOLDER / "notes"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)
