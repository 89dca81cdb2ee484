"""Workers of both caches at once: no load stores over a later write, no count is lost."""

import pytest

from tests.redis.forms import stages
from tests.redis.forms.stages import declared, worker

TIMES = 300


def test_a_write_of_the_other_that_overlaps_a_load_wins(pair, form, call):
    """The other one knows nothing of leases: its write voids none. The lease notes what stood
    there when it was taken, and what was loaded is stored over nothing else.
    """
    ours, theirs = pair(form)

    def load():
        theirs.set("key", "written while loading")
        return "loaded from what was before"

    assert call(ours, "get_or_set", "key", load) == "loaded from what was before"
    assert call(ours, "get", "key") == theirs.get("key") == "written while loading"


def test_a_write_over_what_cannot_be_decoded_wins_too(pair, form, call):
    ours, theirs = pair(form)
    client = theirs.client.get_client() if hasattr(theirs, "client") else theirs._cache.get_client()
    client.set(theirs.make_key("key"), b"\x80no pickle")

    def load():
        theirs.set("key", "written while loading")
        return "loaded"

    assert call(ours, "get_or_set", "key", load) == "loaded"
    assert call(ours, "get", "key") == "written while loading"


@pytest.mark.parametrize("stage", ["foreign", "leaving"])
def test_a_delete_of_ours_that_overlaps_a_load_wins(pair, form, stage, call):
    ours, _ = pair(form, stage)

    def load():
        ours.delete("key")
        return "old"

    assert call(ours, "get_or_set", "key", load) == "old"
    assert call(ours, "get", "key") is None


def test_counts_of_both_are_one_count(redis_server, form):
    location = redis_server.location
    old, ours = (declared(stage, form, location) for stage in ["old", "foreign"])
    with worker(old) as one, worker(old) as two, worker(ours) as three, worker(ours) as four:
        one.call(stages.use, "set", "number", 0)
        counting = [each.start(stages.count, "number", TIMES) for each in [one, two, three, four]]
        for each in counting:
            each.get(20)
        assert three.call(stages.use, "get", "number") == 4 * TIMES
        assert one.call(stages.use, "get", "number") == 4 * TIMES


def test_one_load_for_all_of_our_workers(redis_server, form):
    ours = declared("foreign", form, redis_server.location)
    with worker(ours) as one, worker(ours) as two:
        loading = [each.start(get_or_set_counted, 8) for each in [one, two]]
        answers = [answer for each in loading for answer in each.get(20)]
        assert len(set(answers)) == 1
        assert one.call(stages.use, "get", "loads") == 1


def get_or_set_counted(threads):
    """In a worker: threads that ask for one key at once; each load is counted on the server."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    from django.core.cache import caches

    together = threading.Barrier(threads)

    def load():
        caches["default"].add("loads", 0)
        return f"load {caches['default'].incr('loads')}"

    def ask(_):
        together.wait(20)
        return caches["default"].get_or_set("key", load)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(ask, range(threads)))
