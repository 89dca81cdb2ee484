"""A scene: something that may go wrong in a cache, played in the same way on every cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.peers.stage import Stage

__all__ = ["STORES", "Scene"]

STORES = ("memory", "embedded", "redis")
"""The stores of surecache."""


@dataclass(frozen=True)
class Scene:
    """A defect, how to look for it, and what is seen where."""

    name: str
    """In the name of its tests."""
    wrong: str
    """What goes wrong, in a sentence for the page."""
    play: Callable[[Stage], object]
    """Plays it, and gives what was observed."""
    right: object
    """What is observed where nothing goes wrong."""
    ours: tuple[str, ...]
    """The caches of surecache that it is played on; none while surecache lacks what it is about."""
    peers: Mapping[str, object]
    """What is observed on a peer, by the peer's name; it differs from what is right."""
    by_region: bool = False
    """Whether surecache keeps the answer in a region; else under a plain key, as peers do."""
