"""The bars that surecache must clear."""

from __future__ import annotations

from benches.bars import Bar
from benches.rivals import OURS, RAW
from benches.scale import Scale
from benches.scenes import (
    CONNECTIONS,
    EMBEDDED,
    GET,
    GET_MANY,
    PLAIN_GET,
    REGION_HIT,
    REQUEST,
    SET,
    STORES,
    Scene,
    aget,
    asgi,
    invalidation,
    of_entries,
)
from benches.settings import PINNED, PROCESSES, THREAD, THREADS


def bars(scale: Scale) -> list[Bar]:
    """All of them, for the numbers of a scale."""
    pinned = Scene(GET, PINNED.name)
    crowd = aget(scale.tasks[1])
    embedded = Scene(GET, THREAD.name, EMBEDDED)
    shared = Scene(GET, PROCESSES.name, EMBEDDED)
    least, most = of_entries(scale.invalidated[0]), of_entries(scale.invalidated[-1])
    return [
        Bar(pinned, over="django-redis", under=OURS, at_least=3.5),
        Bar(pinned, over=RAW, under=OURS, at_least=0.7),
        Bar(Scene(GET, THREADS.name), over="django-redis", under=OURS, at_least=9),
        Bar(Scene(SET, PINNED.name), over="django-redis", under=OURS, at_least=3),
        Bar(Scene(GET_MANY, PINNED.name), over="django-redis", under=OURS, at_least=5),
        Bar(crowd, over="django-redis", under=OURS, at_least=20),
        Bar(crowd, over="django-vcache", under=OURS, at_least=1.5),
        Bar(embedded, over="diskcache", under=OURS, at_least=6),
        Bar(embedded, over="LocMem", under=OURS, at_least=2.5),
        Bar(shared, over="diskcache", under=OURS, at_least=8),
        Bar(Scene(REGION_HIT, PINNED.name), over=OURS, under=PLAIN_GET, at_most=1.25),
        Bar(asgi(CONNECTIONS, scale), over="django-redis", under=OURS, at_least=20),
        Bar(asgi(REQUEST, scale), over="django-vcache", under=OURS, at_least=1),
        *(Bar(invalidation(each), over=most, under=least, at_most=1.2) for each in STORES),
    ]
