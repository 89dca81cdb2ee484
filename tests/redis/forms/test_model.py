"""Any calls in any order, each by one or the other of two neighbours, against a plain dict."""

import pytest
from django.core.cache import caches
from hypothesis import given
from hypothesis import strategies as st

from tests.redis.forms.stages import FORMS, declared
from tests.redis.forms.test_bytes import many

KEYS = st.sampled_from(["a", "b"])
TIMEOUTS = st.sampled_from([None, 500])
# Long ones begin alike, as pickles do: they are told apart all the same.
VALUES = st.integers(-3, 3) | st.sampled_from(["text", "text" * 20 + "1", "text" * 20 + "2", None])
CALLS = st.one_of(
    st.tuples(st.just("set"), KEYS, VALUES, TIMEOUTS),
    st.tuples(st.just("add"), KEYS, VALUES, TIMEOUTS),
    st.tuples(st.just("set_many"), st.dictionaries(KEYS, VALUES, min_size=1), TIMEOUTS),
    st.tuples(st.just("touch"), KEYS, TIMEOUTS),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("incr"), KEYS, st.integers(1, 3)),
    st.tuples(st.just("get_or_set"), KEYS, VALUES, TIMEOUTS),
)
STEPS = st.lists(st.tuples(st.integers(0, 1), CALLS), max_size=12)


class Model:
    """What a cache would hold: values, and whether they have an end."""

    def __init__(self):
        self.held = {}

    def apply(self, name, *arguments):
        """Does a call; what it gives, or the exception that it raises."""
        return getattr(self, name)(*arguments)

    def set(self, key, value, timeout):
        self.held[key] = (value, timeout is not None)
        return True

    def add(self, key, value, timeout):
        return key not in self.held and self.set(key, value, timeout)

    def set_many(self, values, timeout):
        for key, value in values.items():
            self.set(key, value, timeout)
        return []

    def touch(self, key, timeout):
        return key in self.held and self.set(key, self.held[key][0], timeout)

    def delete(self, key):
        return self.held.pop(key, None) is not None

    def incr(self, key, delta):
        if key not in self.held:
            return ValueError
        value, has_end = self.held[key]
        if type(value) is not int:
            return TypeError
        self.held[key] = (value + delta, has_end)
        return value + delta

    def get_or_set(self, key, value, timeout):
        if key not in self.held:
            self.set(key, value, timeout)
        return self.held[key][0]


def made(cache, name, *arguments):
    """As `Model.apply`, of a cache."""
    try:
        return getattr(cache, name)(*arguments)
    except (ValueError, TypeError) as error:
        return type(error)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stages", [("old", "foreign"), ("foreign", "leaving")], ids="-".join)
def test_two_neighbours_are_one_cache(settings, redis_location, form, stages):
    settings.CACHES = {
        alias: {**declared(stage, form, redis_location), "KEY_PREFIX": f"model-{form}-{stages[0]}"}
        for alias, stage in zip(["default", "other"], stages, strict=True)
    }
    workers = [caches[alias] for alias in ["default", "other"]]

    @many
    @given(STEPS)
    def holds(steps):
        model = Model()
        workers[1].clear()
        for who, call in steps:
            is_old = stages[who] == "old"
            if is_old and call[0] == "incr" and type(model.held.get(call[1], (0,))[0]) is not int:
                continue  # raises what it finds
            if is_old and call[0] == "get_or_set" and model.held.get(call[1], (0,))[0] is None:
                continue  # django-redis takes None for absent
            given, wanted = made(workers[who], *call), model.apply(*call)
            # touch(key, None) says there whether there was an end; set_many and set say nothing.
            assert given == wanted or (is_old and call[0] in ("touch", "set", "set_many"))
            held = {key: value for key, (value, _) in model.held.items()}
            for each in workers:
                assert each.get_many(["a", "b"]) == held
            for key, (_, has_end) in model.held.items():
                assert (workers[1].ttl(key) is not None) == has_end

    holds()
    for worker in workers:
        if hasattr(worker, "client"):
            worker.client.get_client().connection_pool.disconnect()
        elif hasattr(worker, "_cache"):
            worker._cache.get_client(write=True).connection_pool.disconnect()
