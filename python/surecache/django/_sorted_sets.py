"""Sorted sets: members in the order of their scores.

Members are what can be hashed and the safe codec takes, told apart as the codec does. Scores are
floating-point numbers of 64 bits, infinite ones too. An end of a range of scores is a number,
``"-inf"``, ``"+inf"``, or ``"(1.5"`` for what lies beyond 1.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from surecache.django._operations import Asked, Operations, operation, twin

__all__ = ["SortedSets"]


class SortedSets(Operations):
    """The methods of a cache that are about sorted sets. A key without one is an empty one.

    The order of members with equal scores is none to rely on.

    Raises:
        WrongKind: The key holds something else.
        ValueNotSupported: A member is of a type that the safe codec does not take.
    """

    @operation
    def zadd(
        self,
        key: Any,
        mapping: Mapping[Any, float],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        incr: bool = False,
        gt: bool = False,
        lt: bool = False,
        version: int | None = None,
    ) -> Asked[int | float | None]:
        """Gives members their scores; how many are new.

        Args:
            key: The key.
            mapping: Scores by member.
            nx: New members only.
            xx: Members that are there only.
            ch: Counts members that are new or changed.
            incr: Adds to the score of the one member; its score, or None where nothing was done.
            gt: Of those that are there, ones whose score rises only.
            lt: Of those that are there, ones whose score falls only.
            version: Of the key.

        Raises:
            Misuse: Options that exclude each other, or several members with ``incr``.
            ValueError: The sum is no number; nothing was changed.
        """
        instead = None if incr else 0
        arguments = (dict(mapping), nx, xx, ch, incr, gt, lt)
        return Asked(instead, "zadd", ((key, version),), arguments)

    @operation
    def zcard(self, key: Any, version: int | None = None) -> Asked[int]:
        """How many members there are."""
        return Asked(0, "zcard", ((key, version),))

    @operation
    def zcount(
        self, key: Any, min: float | str, max: float | str, version: int | None = None
    ) -> Asked[int]:
        """How many members have a score from ``min`` to ``max``."""
        return Asked(0, "zcount", ((key, version),), (min, max))

    @operation
    def zincrby(
        self, key: Any, amount: float, value: Any, version: int | None = None
    ) -> Asked[float | None]:
        """Adds to the score of a member, 0 where it is none yet; the sum.

        Raises:
            ValueError: The sum is no number; nothing was changed.
        """
        return Asked(None, "zincrby", ((key, version),), (amount, value))

    @operation
    def zpopmax(self, key: Any, count: int | None = None, version: int | None = None) -> Asked[Any]:
        """Takes the member with the highest score away: it and its score, None without one.

        A list of such pairs with a count.
        """
        return Asked(None if count is None else [], "zpopmax", ((key, version),), (count,))

    @operation
    def zpopmin(self, key: Any, count: int | None = None, version: int | None = None) -> Asked[Any]:
        """As `zpopmax`, with the lowest score."""
        return Asked(None if count is None else [], "zpopmin", ((key, version),), (count,))

    @operation
    def zrange(
        self,
        key: Any,
        start: int,
        end: int,
        desc: bool = False,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
        version: int | None = None,
    ) -> Asked[list[Any]]:
        """The members from one rank to another, both included; pairs with their scores."""
        arguments = (start, end, desc, withscores)
        return _scored("zrange", key, version, arguments, withscores, score_cast_func)

    @operation
    def zrangebyscore(
        self,
        key: Any,
        min: float | str,
        max: float | str,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
        version: int | None = None,
    ) -> Asked[list[Any]]:
        """The members with a score from ``min`` to ``max``, the lowest first; ``num`` of them after
        ``start``.
        """
        arguments = (min, max, start, num, False, withscores)
        return _scored("zrangebyscore", key, version, arguments, withscores, score_cast_func)

    @operation
    def zrank(
        self, key: Any, value: Any, withscore: bool = False, version: int | None = None
    ) -> Asked[int | list[Any] | None]:
        """The rank of a member, 0 for the lowest score; a list of it and the score."""
        return Asked(None, "zrank", ((key, version),), (value, False, withscore))

    @operation
    def zrevrank(
        self, key: Any, value: Any, withscore: bool = False, version: int | None = None
    ) -> Asked[int | list[Any] | None]:
        """As `zrank`, 0 for the highest score."""
        return Asked(None, "zrank", ((key, version),), (value, True, withscore))

    @operation
    def zrem(self, key: Any, *values: Any, version: int | None = None) -> Asked[int]:
        """Takes members away; how many there were."""
        return Asked(0, "zrem", ((key, version),), values)

    @operation
    def zremrangebyrank(
        self, key: Any, start: int, end: int, version: int | None = None
    ) -> Asked[int]:
        """Takes away those from one rank to another, both included; how many there were."""
        return Asked(0, "zremrangebyrank", ((key, version),), (start, end))

    @operation
    def zremrangebyscore(
        self, key: Any, min: float | str, max: float | str, version: int | None = None
    ) -> Asked[int]:
        """Takes away those with a score from ``min`` to ``max``; how many there were."""
        return Asked(0, "zremrangebyscore", ((key, version),), (min, max))

    @operation
    def zrevrange(
        self,
        key: Any,
        start: int,
        end: int,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
        version: int | None = None,
    ) -> Asked[list[Any]]:
        """As `zrange`, the highest score first."""
        arguments = (start, end, True, withscores)
        return _scored("zrange", key, version, arguments, withscores, score_cast_func)

    @operation
    def zrevrangebyscore(
        self,
        key: Any,
        max: float | str,
        min: float | str,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[float], Any] = float,
        version: int | None = None,
    ) -> Asked[list[Any]]:
        """As `zrangebyscore`, the highest score first."""
        arguments = (min, max, start, num, True, withscores)
        return _scored("zrangebyscore", key, version, arguments, withscores, score_cast_func)

    @operation
    def zscore(self, key: Any, value: Any, version: int | None = None) -> Asked[float | None]:
        """The score of a member, None where it is none."""
        return Asked(None, "zscore", ((key, version),), (value,))

    azadd = twin(zadd)
    azcard = twin(zcard)
    azcount = twin(zcount)
    azincrby = twin(zincrby)
    azpopmax = twin(zpopmax)
    azpopmin = twin(zpopmin)
    azrange = twin(zrange)
    azrangebyscore = twin(zrangebyscore)
    azrank = twin(zrank)
    azrevrank = twin(zrevrank)
    azrem = twin(zrem)
    azremrangebyrank = twin(zremrangebyrank)
    azremrangebyscore = twin(zremrangebyscore)
    azrevrange = twin(zrevrange)
    azrevrangebyscore = twin(zrevrangebyscore)
    azscore = twin(zscore)


def _scored(
    name: str,
    key: Any,
    version: int | None,
    arguments: tuple[Any, ...],
    with_scores: bool,
    cast: Callable[[float], Any],
) -> Asked[list[Any]]:
    def casted(pairs: list[tuple[Any, float]]) -> list[Any]:
        return [(member, cast(score)) for member, score in pairs]

    then = casted if with_scores and cast is not float else None
    return Asked([], name, ((key, version),), arguments, then)
