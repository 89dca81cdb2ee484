"""Different arguments that make one key."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from django.template import Context, Engine

from tests.peers.loading import loop_in_a_thread
from tests.peers.scene import STORES, Scene
from tests.peers.stage import Stage

__all__ = ["SCENES"]

TTL_S = 300
PAIRS = {
    "a colon": (("a:b", "c"), ("a", "b:c")),
    "a colon and a name": (("a:second:b", "c"), ("a", "b:second:c")),
    "a space": (("a b", "c"), ("a", "b c")),
    "None": (("None", "c"), (None, "c")),
    "an empty text": (("", "c"), (None, "c")),
}
"""Arguments of two calls that have different answers."""

_numbers = itertools.count()
_Answer = Callable[[str | None, str], str]


def shared_keys(stage: Stage) -> list[str]:
    """A cached function says what it was called with; for which pairs the second call is given the
    answer of the first.
    """
    if stage.subject in STORES:
        stage.cache()
    shared = []
    for name, pair in PAIRS.items():
        answer = _ANSWERS.get(stage.subject, _of_region)(stage)
        if [answer(*arguments) for arguments in pair] != [said(*arguments) for arguments in pair]:
            shared.append(name)
    return shared


def said(first: str | None, second: str) -> str:
    """The answer."""
    return f"{first!r}, {second!r}"


def _of_region(stage: Stage) -> _Answer:
    from surecache.django import Region, Scope

    scope = Scope.public("a scene")
    key = {"first": str | None, "second": str}
    region = Region(f"peers_keys_{next(_numbers)}", key=key, scope=scope)
    return lambda first, second: region.get_or_load(said, first=first, second=second)


def _of_dogpile(stage: Stage) -> _Answer:
    from dogpile.cache import make_region

    region = make_region().configure("dogpile.cache.memory", expiration_time=TTL_S)
    return region.cache_on_arguments()(said)


def _of_cashews(stage: Stage) -> _Answer:
    from cashews import Cache

    cache, loop = Cache(), stage.enter(loop_in_a_thread())
    cache.setup("mem://")

    @cache(ttl=TTL_S)
    async def asaid(first: str | None, second: str) -> str:
        return said(first, second)

    def answer(first: str | None, second: str) -> str:
        return asyncio.run_coroutine_threadsafe(asaid(first, second), loop).result(TTL_S)

    return answer


def _of_fragments(stage: Stage) -> _Answer:
    name = f"answer_{next(_numbers)}"
    text = "{% load cache %}{% cache 300 NAME first second %}{{ said|safe }}{% endcache %}"
    engine = Engine(libraries={"cache": "django.templatetags.cache"})
    template = engine.from_string(text.replace("NAME", name))

    def answer(first: str | None, second: str) -> str:
        names: dict[str, Any] = {"first": first, "second": second, "said": said(first, second)}
        return template.render(Context(names))

    return answer


_ANSWERS: dict[str, Callable[[Stage], _Answer]] = {
    "dogpile.cache": _of_dogpile,
    "cashews": _of_cashews,
    "django-fragments": _of_fragments,
}

SCENES = [
    Scene(
        "shared-keys",
        "Calls with different arguments make one key, and one is given the answer of the other",
        shared_keys,
        right=[],
        ours=STORES,
        peers={
            "cashews": ["a colon and a name", "an empty text"],
            "django-fragments": ["a colon", "None"],
            "dogpile.cache": ["a space", "None"],
        },
        by_region=True,
    ),
]
