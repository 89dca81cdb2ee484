"""How a call grows with what is stored, and with what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.core.cache import caches

from benches import operations
from benches.operations import Job
from benches.region import Answers
from benches.rivals import OURS, alias_of
from benches.rounds import clocked
from benches.scenes import GET, REDIS, REGION_HIT, SET, STORES, Scene
from benches.session import Part, Plan, Roster, Session, Staged
from benches.settings import PINNED, SETTINGS, THREAD, Setting
from benches.values import BYTES, GROWING, KINDS, SHORT

ENTRIES, TAGS, BYTES_STORED = "entries", "tags", "bytes"
CHUNK = 1_000
"""Entries that are stored by one call while a cache is filled."""


def _setting(store: str) -> Setting:
    return PINNED if store == REDIS else THREAD


def plan_entries(roster: Roster) -> Plan:
    """A `get` among more and more entries. On a server one rival is enough: it is the server that
    holds them.
    """
    planned: Plan = {}
    for store in STORES:
        for entries in roster.scale.entries:
            names = roster.on(store, is_slow=entries <= roster.scale.slow_entries)
            scene = Scene(GET, _setting(store).name, store, SHORT.name, ENTRIES, entries)
            planned[scene] = names[:2] if store == REDIS else names
    return planned


def staged_entries(session: Session, wanted: Plan) -> Iterator[Staged]:
    """Each cache has what it had at the point before, and more."""
    held: dict[str, int] = {}
    for scene, names in wanted.items():
        for name in names:
            alias = alias_of(name, scene.store)
            _fill(alias, range(held.get(alias, 0), scene.at))
            held[alias] = scene.at
        yield _of_all(session, scene, names, scene.at)


def _fill(alias: str, numbers: Sequence[int]) -> None:
    set_many = caches[alias].set_many
    for first in range(0, len(numbers), CHUNK):
        chunk = numbers[first : first + CHUNK]
        failed = set_many({f"value:{number}": SHORT.make(number) for number in chunk})
        if failed:
            raise AssertionError(f"{alias}: wanted all to be stored, found: {len(failed)} not")


def plan_tags(roster: Roster) -> Plan:
    """A hit of a region whose answers depend on more and more tags."""
    return {
        Scene(REGION_HIT, _setting(store).name, store, BYTES.name, TAGS, tags): (OURS,)
        for store in STORES
        for tags in roster.scale.tags
    }


def staged_tags(session: Session, wanted: Plan) -> Iterator[Staged]:
    """Each point is a region of its own."""
    from surecache.django import Tag

    keys = BYTES.keys(session.scale.keys)
    for scene in wanted:
        tags = [Tag(f"of many {number}") for number in range(scene.at)]
        answers = Answers(alias_of(OURS, scene.store), f"of_{scene.at}_tags", tags)
        answers.fill(range(keys))
        calls = operations.hits(partial(_read_of, answers), range(keys))
        yield Staged(scene, {OURS: clocked(calls)}, keys)


def _read_of(answers: Answers) -> Callable[[int], object]:
    return answers.read


def plan_bytes(roster: Roster) -> Plan:
    """Reads and writes of larger and larger values."""
    return {
        Scene(operation, _setting(store).name, store, kind.name, BYTES_STORED, kind.size_bytes): (
            roster.on(store)
        )
        for store in STORES
        for kind in GROWING
        for operation in (GET, SET)
    }


def staged_bytes(session: Session, wanted: Plan) -> Iterator[Staged]:
    """Values lie under the names of those before."""
    for scene, names in wanted.items():
        keys = KINDS[scene.value].keys(session.scale.keys)
        if scene.operation == GET:
            for name in names:
                operations.fill(alias_of(name, scene.store), scene.value, keys)
        yield _of_all(session, scene, names, keys)


def _of_all(session: Session, scene: Scene, names: Sequence[str], keys: int) -> Staged:
    turns = {}
    for name in names:
        alias = alias_of(name, scene.store)
        job = Job(scene.operation, alias, scene.value, keys)
        turns[name] = session.crew(alias).turn(job, SETTINGS[scene.setting])
    return Staged(scene, turns, keys)


PARTS = (
    Part(TAGS, plan_tags, staged_tags, seconds=0.5),
    Part(BYTES_STORED, plan_bytes, staged_bytes, seconds=1),
    Part(ENTRIES, plan_entries, staged_entries, seconds=15),
)
