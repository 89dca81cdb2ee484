"""Mechanisms of the Python side that can be taken out, to see that a test notices.

The variable `SURECACHE_MUTANT` names the one that is missing in a run, as for the core's mutants.
The tests of a run take it out right after Django is set up, and so do the processes that they
start. `tools/mutants.txt` names the test for each.
"""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Callable
from typing import Any

__all__ = ["MUTANTS", "take_out"]

MUTANTS: dict[str, tuple[str, Callable[..., Any]]] = {
    # What ends answers takes effect inside the transaction.
    "EndedBeforeCommit": ("surecache.django._transactions._opened", lambda database: []),
    # An application's hook that raises drops ours, which come after it.
    "HooksAsTheyCome": (
        "surecache.django._watch.Watch._first_ours",
        lambda watch, run_hooks: run_hooks,
    ),
    # What a killed process has left is found by nobody.
    "LeftoversLeft": ("surecache.django._leftovers._deliver_batch", lambda *_: set()),
    # What a load reads in a transaction of another database that has written is stored for all.
    "LoadsUnjudged": ("surecache.django._watch.Watch._tell_load", lambda watch: None),
    # A transaction writes down nothing of what it ends.
    "NothingOwed": ("surecache.django._outbox.owe", lambda connection, tags: []),
    # A transaction forgets what a store did not take.
    "OwedUntilTried": (
        "surecache.django._watch.Watch._run",
        lambda watch, hooks: [hook() for hook in hooks],
    ),
    # Transactions read and fill as if there were none.
    "TransactionsUnseen": ("surecache.django._watch.Watch.admission", lambda watch: "full"),
}
"""By name: what is replaced, and by what."""


def take_out() -> None:
    """Takes out what the environment names, if it is of the Python side."""
    place, instead = MUTANTS.get(os.environ.get("SURECACHE_MUTANT", ""), (None, None))
    if place is None:
        return
    owner, _, name = place.rpartition(".")
    found = pkgutil.resolve_name(owner)
    assert hasattr(found, name), f"wanted {place}, found none"
    setattr(found, name, instead)
