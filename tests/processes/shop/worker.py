"""A process that a test drives by lines of JSON on its standard input.

``{"call": 1, "act": "reads:quick", "with": {...}}`` runs an act in a thread of its own and answers
``{"ended": 1, "value": ...}`` or ``{"ended": 1, "error": ...}``. An act that comes to
``stop_at("loading")`` says ``{"at": "loading"}`` and goes on after ``{"go": "loading"}``.
"""

import collections
import importlib
import json
import os
import sys
import threading
import traceback
import warnings

import django
from django.db import connections

from tests import mutants

# What other code prints goes to the log; only messages go to the test. Messages are read from a
# file of our own: a forked child closes `sys.stdin`, and would wait for the lock of who reads it.
_in = os.fdopen(os.dup(0), encoding="utf-8")
_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
_writing = threading.Lock()
_gates: dict[str, threading.Event] = collections.defaultdict(threading.Event)


def stop_at(gate: str) -> None:
    """Tells the test that this thread has come here, and waits until it may go on."""
    _say(at=gate)
    _gates[gate].wait()


def pass_by(gate: str) -> None:
    """Tells the test that this thread has come here."""
    _say(at=gate)


def is_open(gate: str) -> bool:
    """Whether the test has opened a gate."""
    return _gates[gate].is_set()


def main() -> None:
    os.dup2(2, 1)
    # Some acts fork, which is what they are about.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    django.setup()
    mutants.take_out()
    _say(at="started")
    for line in _in:
        message = json.loads(line)
        if "go" in message:
            _gates[message["go"]].set()
        else:
            threading.Thread(target=_run, args=(message,), daemon=True).start()


def _run(message: dict) -> None:
    module, name = message["act"].split(":")
    try:
        act = getattr(importlib.import_module(f"tests.processes.shop.{module}"), name)
        _say(ended=message["call"], value=act(**message["with"]))
    except BaseException as error:
        traceback.print_exc()
        _say(ended=message["call"], error=f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()


def _say(**message: object) -> None:
    with _writing:
        _out.write(json.dumps(message) + "\n")
        _out.flush()


if __name__ == "__main__":
    # Acts import this module by its name, which must be this very one.
    sys.modules["tests.processes.shop.worker"] = sys.modules["__main__"]
    main()
