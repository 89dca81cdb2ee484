"""Acts on collections that several processes change at once."""

from django.core.cache import cache


def change(first: int, count: int) -> None:
    """Adds members of its own, and counts each in a sum that all share."""
    for number in range(first, first + count):
        assert cache.sadd("members", number) == 1
        cache.zincrby("sums", 1, "all")
        cache.hset("values", number, {"number": number})
        cache.rpush("log", number)


def take() -> list[int]:
    """Takes members until there are none."""
    taken = []
    while (member := cache.spop("members")) is not None:
        taken.append(member)
    return taken


def found() -> list:
    """What all have made together."""
    values = cache.hgetall("values")
    assert all(value == {"number": field} for field, value in values.items())
    return [
        sorted(cache.smembers("members")),
        cache.zscore("sums", "all"),
        sorted(values),
        sorted(cache.lrange("log", 0, -1)),
    ]
