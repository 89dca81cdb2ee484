"""What the comparison with plain values leaves out: chance, parts, edges of numbers."""

import asyncio
import functools
import math
import operator
from threading import Barrier, Thread

import pytest
from surecache.errors import Misuse


def test_members_drawn_at_random(the):
    assert (the.spop("key"), the.srandmember("key")) == (None, None)
    assert (the.spop("key", 2), the.srandmember("key", 2)) == (set(), [])
    assert the.srandmember("key", -2) == []
    members = set(range(20))
    the.sadd("key", *members)
    assert the.srandmember("key") in members
    drawn = the.srandmember("key", 7)
    assert (len(drawn), len(set(drawn)), set(drawn) <= members) == (7, 7, True)
    assert set(the.srandmember("key", 50)) == members
    drawn = the.srandmember("key", -50)
    assert (len(drawn), set(drawn) <= members) == (50, True)
    assert {the.srandmember("key") for _ in range(200)} > {1}
    popped = the.spop("key", 5)
    assert (len(popped), popped < members) == (5, True)
    one = the.spop("key")
    assert the.smembers("key") == members - popped - {one}
    assert the.spop("key", 50) == members - popped - {one}
    assert the.has_key("key") is False


def test_a_count_below_zero_is_refused(the):
    for call in (the.spop, the.zpopmin, the.lpop):
        with pytest.raises(Misuse, match="wanted a count from 0, found: -1"):
            call("key", -1)
    with pytest.raises(Misuse, match="wanted a count from 1, found: 0"):
        the.sscan("key", count=0)


@pytest.mark.parametrize("size", [0, 5, 3000])
def test_a_set_in_parts(cache, call, size):
    members = set(range(size))
    if members:
        cache.sadd("key", *members)
    assert call(cache, "sscan", "key") <= members
    assert list(cache.sscan_iter("key", count=100)) != [] or not members
    assert set(cache.sscan_iter("key", count=100)) == members

    async def gathered():
        return {member async for member in cache.asscan_iter("key", count=100)}

    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(gathered()) == members
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    with pytest.raises(Misuse, match=r"wanted no pattern.*found: 'a\*'"):
        call(cache, "sscan", "key", match="a*")
    with pytest.raises(Misuse, match="wanted no pattern"):
        list(cache.sscan_iter("key", match="a*"))


def test_members_are_told_apart_by_type(the):
    assert the.sadd("key", 1, True, 1.0, "1", b"1") == 5
    assert the.smismember("key", True, 1, 2, b"1") == [True, True, False, True]
    assert the.srem("key", 1) == 1
    assert the.sismember("key", True) is True


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1, 2**64 - 1, 2**64, -(2**70), 0])
def test_integers_of_any_size_are_members(the, number):
    the.sadd("key", number)
    assert the.smembers("key") == {number}
    the.zadd("scores", {number: 1})
    assert the.zrange("scores", 0, -1) == [number]


SCORES = [0.0, -0.0, 1.5, -1e308, 5e-324, 0.1 + 0.2, 2.0**53, 1 / 3, math.inf, -math.inf]


@pytest.mark.parametrize("score", SCORES)
def test_a_score_comes_back_as_it_is(the, score):
    the.zadd("key", {"member": score})
    found = the.zscore("key", "member")
    # Servers do not keep the sign of a zero.
    assert (found, math.copysign(1, found)) == (score, math.copysign(1, score + 0.0))
    assert the.zrange("key", 0, -1, withscores=True) == [("member", score)]
    assert the.zrangebyscore("key", score, score) == ["member"]
    assert the.zcount("key", "-inf", "+inf") == 1


def test_a_sum_that_is_no_number(the):
    the.zadd("key", {"member": math.inf})
    with pytest.raises(ValueError, match="wanted a sum of scores that is a number"):
        the.zincrby("key", -math.inf, "member")
    with pytest.raises(ValueError, match="wanted a sum of scores that is a number"):
        the.zadd("key", {"member": -math.inf}, incr=True)
    assert the.zscore("key", "member") == math.inf
    for call in (lambda: the.zadd("key", {"a": math.nan}), lambda: the.zincrby("key", math.nan, 1)):
        with pytest.raises(Misuse, match="wanted a score that is a number, found: nan"):
            call()
    for end in ("x", "nan", ""):
        with pytest.raises(ValueError, match="wanted a score"):
            the.zcount("key", end, 1)


def test_rules_that_exclude_each_other(the):
    for rule in ({"nx": True, "xx": True}, {"gt": True, "lt": True}, {"nx": True, "gt": True}):
        with pytest.raises(Misuse, match="wanted at most one of"):
            the.zadd("key", {"a": 1}, **rule)
    with pytest.raises(Misuse, match="wanted one member with incr, found: 2"):
        the.zadd("key", {"a": 1, "b": 2}, incr=True)
    with pytest.raises(Misuse, match="wanted start and num"):
        the.zrangebyscore("key", 0, 1, start=1)


def test_equal_scores_lose_no_member(the):
    the.zadd("key", dict.fromkeys(range(10), 1.0))
    assert sorted(the.zrange("key", 0, -1)) == list(range(10))
    assert the.zrevrange("key", 0, -1) == the.zrange("key", 0, -1)[::-1]
    assert [the.zrank("key", member) for member in the.zrange("key", 0, -1)] == list(range(10))


def test_scores_in_another_form(the):
    the.zadd("key", {"a": 1, "b": 2})
    assert the.zrange("key", 0, -1, withscores=True, score_cast_func=int) == [("a", 1), ("b", 2)]
    found = the.zrevrangebyscore("key", 2, 0, withscores=True, score_cast_func=str)
    assert found == [("b", "2.0"), ("a", "1.0")]


def test_values_of_hashes_are_whatever_plain_values_are(the):
    values = {"none": None, "number": 2**70, "class": Misuse, "deep": [{"a": {1, 2}}], 5: 7}
    assert the.hset("key", mapping=values) == len(values)
    assert the.hgetall("key") == values
    assert the.hget("key", "none", "default") is None
    assert the.hget("key", "other", "default") == "default"
    assert the.hmget("key", ["class", "other"]) == [Misuse, None]


def test_threads_lose_no_change(cache):
    """Each adds its own members and counts one score up; nobody's change overwrites another's."""
    threads, each = 4, 60
    start = Barrier(threads)

    def work(number):
        start.wait()
        for count in range(each):
            cache.sadd("set", (number, count))
            cache.zincrby("sum", 1, "member")
            cache.rpush("list", (number, count))
            cache.hset("hash", (number, count), count)

    workers = [Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    everything = {(number, count) for number in range(threads) for count in range(each)}
    assert cache.smembers("set") == everything
    assert cache.zscore("sum", "member") == threads * each
    assert set(cache.lrange("list", 0, -1)) == everything
    assert cache.llen("list") == len(everything)
    assert set(cache.hkeys("hash")) == everything


def test_each_member_is_popped_once(cache):
    cache.sadd("key", *range(300))
    popped = [[] for _ in range(4)]
    start = Barrier(4)

    def work(mine):
        start.wait()
        while (member := cache.spop("key")) is not None:
            mine.append(member)

    workers = [Thread(target=work, args=(mine,)) for mine in popped]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(functools.reduce(operator.iadd, popped, [])) == list(range(300))
