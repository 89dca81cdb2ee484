"""Reads that were no hits, to the logger ``surecache``: one record each, sampled.

A record has the attributes ``region``, ``outcome``, ``refusal`` (None where nothing was refused),
``key_digest`` and ``skipped``: how many of its kind were left out since the last record. What a
healthy cache refuses every day is DEBUG; a refusal that tells of damage or of another's bytes is
WARNING. The key itself never appears.
"""

from __future__ import annotations

import logging
import time

__all__ = ["log", "log_late", "log_trouble"]

logger = logging.getLogger("surecache")

PER_SECOND = 10
"""Records of one kind (region, outcome, refusal) in a second."""

MOST_KINDS = 1000
"""Kinds that are kept apart: texts of errors may differ for ever."""

EVERYDAY = frozenset([None, "expired", "invalidated", "other_source", "undelivered"])
TROUBLED = frozenset(["timed_out", "unavailable"])

_Kind = tuple[str, str, str | None]
_samples: dict[_Kind, _Sample] = {}


class _Sample:
    """What was told of one kind in the second that runs."""

    __slots__ = ("began", "skipped", "told")

    def __init__(self) -> None:
        self.began, self.told, self.skipped = 0.0, 0, 0

    def admits(self, now: float) -> bool:
        if now - self.began >= 1.0:
            self.began, self.told = now, 0
        if self.told >= PER_SECOND:
            self.skipped += 1
            return False
        self.told += 1
        return True


def log_trouble(text: str) -> None:
    """Takes what the store said instead of an answer, where a read goes on without it."""
    _warn("unavailable", text)


def _warn(outcome: str, text: str) -> None:
    if len(_samples) > MOST_KINDS:
        _samples.clear()
    sample = _samples.setdefault(("", text, None), _Sample())
    if sample.admits(time.monotonic()):
        skipped, sample.skipped = sample.skipped, 0
        fields = {"region": None, "outcome": outcome, "refusal": None, "key_digest": None}
        logger.warning("%s", text, extra={**fields, "skipped": skipped})


def log_late(error: Exception) -> None:
    """Takes the failure of what was to end answers at a commit."""
    words = "late: what ends answers is kept and delivered as soon as the store takes it"
    _warn("late", f"{words}: {error}")


def log(region: str, outcome: str, refusal: str | None, key_digest: str) -> None:
    """Takes the end of a read that was no hit. Counts are not exact between threads."""
    is_everyday = refusal in EVERYDAY and outcome not in TROUBLED
    level = logging.DEBUG if is_everyday else logging.WARNING
    if not logger.isEnabledFor(level):
        return
    kind = (region, outcome, refusal)
    sample = _samples.get(kind)
    if sample is None:
        sample = _samples.setdefault(kind, _Sample())
    if not sample.admits(time.monotonic()):
        return
    skipped, sample.skipped = sample.skipped, 0
    logger.log(
        level,
        "%s: %s%s, key %s",
        region,
        outcome,
        f" ({refusal})" if refusal else "",
        key_digest,
        extra={
            "region": region,
            "outcome": outcome,
            "refusal": refusal,
            "key_digest": key_digest,
            "skipped": skipped,
        },
    )
