"""The operations on values of each kind, in one and more threads and processes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benches import operations, region, scenes
from benches.operations import Job
from benches.rivals import OURS, RAW, alias_of, async_alias_of
from benches.rounds import Turn, clocked
from benches.scenes import AGET, EMBEDDED, GET, INCR, PLAIN_GET, REDIS, REGION_HIT, Scene
from benches.session import Part, Plan, Roster, Session, Staged
from benches.settings import BOTH, PINNED, PROCESSES, SETTINGS, THREAD, THREADS, Setting
from benches.values import BYTES, DICTIONARY, KINDS, LARGE, SHORT, Kind

OPERATIONS = (
    GET,
    scenes.SET,
    scenes.GET_MANY,
    scenes.SET_MANY,
    scenes.GET_OR_SET,
    REGION_HIT,
)
TASK_CALLS = 4
"""That each task makes in a turn, at least."""


def plan(store: str, roster: Roster) -> Plan:
    """By kind of value, as each is laid into all caches once."""
    planned: Plan = {}
    for kind in (BYTES, SHORT, LARGE, DICTIONARY):
        for setting in _settings(store, kind):
            for operation in (*OPERATIONS, INCR) if kind is BYTES else OPERATIONS:
                scene = Scene(operation, setting.name, store, kind.name)
                planned[scene] = _contenders(scene, setting, roster)
        if kind is BYTES:
            for tasks in roster.scale.tasks:
                planned[scenes.aget(tasks, store)] = roster.on(store)
    return planned


def _settings(store: str, kind: Kind) -> list[Setting]:
    """One thread is pinned where there is a server; beside it, it is told what pinning hides."""
    first = PINNED if store == REDIS else THREAD
    if kind is DICTIONARY:
        return [first]
    shown = [THREAD] if kind is BYTES and store == REDIS else []
    return [first, *shown, THREADS, PROCESSES, BOTH]


def _contenders(scene: Scene, setting: Setting, roster: Roster) -> tuple[str, ...]:
    if scene.operation == REGION_HIT:
        return (OURS, PLAIN_GET)
    names = roster.on(scene.store, is_shared=setting.processes > 1)
    is_floor = scene == Scene(GET, PINNED.name) and roster.raw_program is not None
    return (*names, RAW) if is_floor and _RAW_READS in names else names


_RAW_READS = "django-redis"
"""Whose keys and values the loop in Rust reads."""


def staged(store: str, session: Session, wanted: Plan) -> Iterator[Staged]:
    """Fills the caches with a kind, then gives its scenes."""
    for kind in dict.fromkeys(KINDS[scene.value] for scene in wanted):
        of_kind = {scene: names for scene, names in wanted.items() if scene.value == kind.name}
        keys = kind.keys(session.scale.keys)
        _fill(store, of_kind, kind, keys)
        for scene, names in of_kind.items():
            turns = {name: _turn(session, scene, name, keys) for name in names}
            yield _staged(session, scene, turns, keys)


def _fill(store: str, of_kind: Plan, kind: Kind, keys: int) -> None:
    plain = {name for names in of_kind.values() for name in names} - {RAW, PLAIN_GET}
    for name in sorted(plain):
        operations.fill(alias_of(name, store), kind.name, keys)
    if any(scene.operation == REGION_HIT for scene in of_kind):
        region.answers(alias_of(OURS, store), kind.name).fill(range(keys))


def _turn(session: Session, scene: Scene, name: str, keys: int) -> Turn:
    if name == RAW:
        return session.raw(_RAW_READS, keys).turn
    operation = scene.operation
    if operation == REGION_HIT and name == PLAIN_GET:
        # By a function of a number, as the region is read.
        name, operation = OURS, PLAIN_GET
    if operation == AGET:
        job = Job(operation, async_alias_of(name, scene.store), scene.value, keys)
        return clocked(operations.aget(job, session.loop, scenes.tasks_of(scene)))
    job = Job(operation, alias_of(name, scene.store), scene.value, keys)
    return session.crew(job.alias).turn(job, SETTINGS[scene.setting])


def _staged(session: Session, scene: Scene, turns: dict[str, Turn], keys: int) -> Staged:
    if scene.operation == AGET:
        return Staged(scene, turns, keys, at_least=TASK_CALLS * scenes.tasks_of(scene))
    return Staged(
        scene,
        turns,
        keys,
        processes=(session.raw(_RAW_READS, keys).process.pid,) if RAW in turns else (),
    )


PARTS = tuple(
    Part(store, partial(plan, store), partial(staged, store), seconds=0.4)
    for store in (REDIS, EMBEDDED)
)
