"""Who waits for a load of another process has its value soon after it was stored."""

from contextlib import ExitStack
from statistics import median

import pytest

from tests.redis import waits
from tests.redis.processes import process
from tests.redis.secured import AUTHORITY, secured
from tests.redis.watching import until

ROUNDS = 20
MOST_S = 0.02


@pytest.fixture(params=["unix", "rediss"])
def pair(request, redis_server):
    with ExitStack() as stack:
        location, options = redis_server.location, {}
        if request.param == "rediss":
            location, options = stack.enter_context(secured()), {"tls_ca_file": str(AUTHORITY)}
        yield [stack.enter_context(process(location, **options)) for _ in range(2)]


@pytest.mark.parametrize("way", waits.WAYS)
def test_a_waiter_of_another_process_is_woken_within_20_ms(pair, tmp_path, way):
    leader, follower = pair
    woken_after = []
    for number in range(ROUNDS):
        began = tmp_path / str(number)
        leading = leader.start(waits.lead, way, number, began)
        until(began.exists)
        waited, late = follower.call(waits.follow, way, number)
        leading.get()
        assert waited > 0, "the load was over before anybody waited for it"
        woken_after.append(late)
    assert median(woken_after) <= MOST_S, sorted(woken_after)
