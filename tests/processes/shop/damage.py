"""Acts about entries whose bytes were changed behind surecache's back."""

import io
import json

from django.core.cache import cache
from django.core.management import call_command
from surecache.django import ABSENT

from tests.processes.shop.regions import number as answers


def fill(count: int) -> None:
    """Stores so many plain keys, and as many answers of the region `number`."""
    for each in range(count):
        cache.set(f"kept:{each}", _value(each), None)
        answers.get_or_load(load, number=each)


def load(number: int) -> str:
    return _value(number)


def look(count: int) -> dict[str, list]:
    """What a reader finds; `None` for nothing."""
    found = [answers.peek(number=each) for each in range(count)]
    return {
        "plain": [cache.get(f"kept:{each}") for each in range(count)],
        "region": [None if each is ABSENT else each for each in found],
    }


def look_at_many(count: int) -> dict[str, str]:
    """What `get_many` finds."""
    return cache.get_many([f"kept:{each}" for each in range(count)])


def explain_region(count: int) -> list[str | None]:
    """The refusals that explanations name."""
    return [answers.explain(number=each)["refusal"] for each in range(count)]


def explain_plain(count: int) -> list[str | None]:
    """The same of plain keys, as ``manage.py surecache explain`` tells it."""
    return [_told(f"kept:{each}")["refusal"] for each in range(count)]


def mend(count: int) -> dict[str, list]:
    """What reads find that may load."""
    return {
        "plain": [
            cache.get_or_set(f"kept:{each}", lambda each=each: _value(each), None)
            for each in range(count)
        ],
        "region": [answers.get_or_load(load, number=each) for each in range(count)],
    }


def _told(key: str) -> dict:
    out = io.StringIO()
    call_command("surecache", "explain", key, "--json", stdout=out)
    return json.loads(out.getvalue())


def _value(number: int) -> str:
    return f"the value of {number:04}"
